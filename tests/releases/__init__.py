"""What releases promise."""
