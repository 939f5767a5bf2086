"""Model bundles known to this site."""
