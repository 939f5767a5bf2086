"""Staff users, their roles, and the audit log."""
