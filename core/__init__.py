"""Plumbing that knows nothing of recordings: storage, jobs, errors, HTTP ranges, health."""
