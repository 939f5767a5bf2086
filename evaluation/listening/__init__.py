"""Listening studies: people rate separations."""
