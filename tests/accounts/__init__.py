"""What accounts promise."""
