"""Corpora, dynamic mixing and fixed test sets."""
