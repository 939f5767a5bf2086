"""Forms of recruitment; one file per subject."""
