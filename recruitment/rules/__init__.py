"""Pure functions of recruitment: what a decision follows from."""
