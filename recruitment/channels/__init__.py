"""One file per recruitment channel."""
