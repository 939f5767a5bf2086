"""Pages of recruitment; one file per subject."""
