"""Write the audit log."""

from typing import Any

from accounts.models import AuditEntry, User


def record_action(
    *, actor: User | None, action: str, subject: str, details: dict[str, Any] | None = None
) -> AuditEntry:
    """Append one entry; call it inside the transaction of the change it describes."""
    return AuditEntry.objects.create(actor=actor, action=action, subject=subject, details=details or {})
