"""Weights of other toolkits, under our names."""
