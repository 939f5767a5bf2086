"""What recruitment promises."""
