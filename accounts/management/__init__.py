"""Commands of accounts for manage.py."""
