"""Note what a refused stamp was; the person who handed it in is told one sentence whatever it was."""

from __future__ import annotations

from typing import Any

from recruitment.models import Effort, Submission, WorkStamp
from recruitment.services.anomalies import note_anomaly


def note_misuse(*, effort: Effort, submission: Submission, stamp: WorkStamp | None, is_code: bool) -> None:
    """Reused, shared or unknown; what is no code at all is a slip of the pen and nothing to look into."""
    if not is_code:
        return
    details: dict[str, Any]
    if stamp is None or stamp.work_unit.participant.effort_id != effort.pk:
        kind, details = "stamp_unknown", {"other_effort": stamp is not None}
        subject = f"submission:{submission.public_id}"
    else:
        stamp.refresh_from_db(fields=["claimed_by"])  # by whom is known only now, if both came at once
        kind = "stamp_reused" if _is_same_person(stamp, submission) else "stamp_shared"
        details = {"unit": stamp.work_unit.subject, "claimed_by": _name_of(stamp.claimed_by)}
        # With the stamp's number: one submission may bring several that are not its own.
        subject = f"submission:{submission.public_id}/{stamp.pk}"
    note_anomaly(
        effort=effort,
        kind=kind,
        subject=subject,
        submission=submission,
        participant=submission.participant,
        details=details,
    )


def _is_same_person(stamp: WorkStamp, submission: Submission) -> bool:
    """Who used the stamp before, as far as the provider's pseudonyms tell; else who earned it."""
    if stamp.claimed_by_id == submission.pk:
        return True
    if stamp.claimed_by is not None and submission.worker_digest:
        return stamp.claimed_by.worker_digest == submission.worker_digest
    return submission.participant_id == stamp.work_unit.participant_id


def _name_of(submission: Submission | None) -> str:
    return f"submission:{submission.public_id}" if submission else ""
