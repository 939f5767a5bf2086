"""Commands of collection for manage.py."""
