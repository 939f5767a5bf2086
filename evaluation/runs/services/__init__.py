"""Functions that change things; one file per noun."""
