"""One file per release format."""
