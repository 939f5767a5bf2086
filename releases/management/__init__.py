"""Commands of releases for manage.py."""
