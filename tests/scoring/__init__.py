"""An app that only tests install: a platform of processes that separates and scores takes, and can be killed."""
