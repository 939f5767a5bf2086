"""Separators and estimators at work: registry, runs, listening studies."""
