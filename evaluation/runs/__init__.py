"""Separations and blind quality estimates of recordings."""
