"""Note, settle and reopen anomalies: something to look at, never a reason to block anybody."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.models import Anomaly, Effort, Participant, Submission

LONGEST_NOTE = 300


def note_anomaly(
    *,
    effort: Effort,
    kind: str,
    subject: str,
    submission: Submission | None = None,
    participant: Participant | None = None,
    details: dict[str, Any] | None = None,
) -> Anomaly:
    """One row for each kind and subject; noticed again, its figures are brought up to date until it is settled.

    `details` are figures and our own ids, never a provider's.
    """
    found, is_new = Anomaly.objects.get_or_create(
        effort=effort,
        kind=kind,
        subject=subject,
        defaults={"submission": submission, "participant": participant, "details": details or {}},
    )
    if not is_new and details and found.details != details:
        Anomaly.objects.filter(pk=found.pk, settled_at__isnull=True).update(details=details)
    return found


@transaction.atomic
def settle_anomaly(*, anomaly: Anomaly, actor: User, note: str = "") -> Anomaly:
    """An admin has looked at it. Settled by two at once, the first one's note stands.

    Raises ShownToUser `note_too_long` or `anomaly_settled`.
    """
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise ShownToUser(
            f"The note has {len(note)} characters: please say it in {LONGEST_NOTE}.",
            code="note_too_long",
            field="note",
        )
    is_first = Anomaly.objects.filter(pk=anomaly.pk, settled_at__isnull=True).update(
        settled_at=timezone.now(), settled_by=actor, note=note
    )
    anomaly.refresh_from_db()
    if not is_first and anomaly.settled_by_id != actor.pk:
        raise ShownToUser(
            f"{anomaly.settled_by} has settled this already. Reopen it to write another note.",
            code="anomaly_settled",
            status=409,
        )
    if is_first:
        record_action(
            actor=actor, action="anomaly.settle", subject=_audit_subject(anomaly), details={"note": note}
        )
    return anomaly


@transaction.atomic
def reopen_anomaly(*, anomaly: Anomaly, actor: User) -> Anomaly:
    """It waits again; the note goes, the audit log keeps it."""
    settled = Anomaly.objects.filter(pk=anomaly.pk, settled_at__isnull=False)
    if settled.update(settled_at=None, settled_by=None, note=""):
        record_action(actor=actor, action="anomaly.reopen", subject=_audit_subject(anomaly))
    anomaly.refresh_from_db()
    return anomaly


def _audit_subject(anomaly: Anomaly) -> str:
    return f"anomaly:{anomaly.pk}"
