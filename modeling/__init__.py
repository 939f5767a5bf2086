"""Speech separation and blind quality estimation: models, training, inference and the command line."""
