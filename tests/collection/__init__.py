"""What collection promises."""
