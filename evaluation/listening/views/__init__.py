"""Pages of listening studies: for researchers and for listeners."""
