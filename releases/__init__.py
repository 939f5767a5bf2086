"""Dataset releases: eligibility, builder, formats and the withdrawal sweep."""
