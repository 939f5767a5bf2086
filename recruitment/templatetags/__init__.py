"""Template tags of recruitment."""
