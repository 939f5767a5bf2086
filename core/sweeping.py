"""The repair path: free rows of dead workers, and send again the hints that a broker lost."""

from __future__ import annotations

import logging

from django.db.models.functions import Now

from core.jobs import send_hint
from core.models import WORKER_KIND, Job, JobState
from core.runner import MAX_ATTEMPTS, from_now

logger = logging.getLogger(__name__)

HINTS_PER_SWEEP = 100
FORGET_WORKER_AFTER_S = 24 * 3600
WORKER_DIED = "The worker died or was killed while it ran this job."


def sweep() -> None:
    """Safe to run anywhere, at any time, also twice at once."""
    free_expired_leases()
    resend_hints()
    forget_silent_workers()


def free_expired_leases() -> int:
    """The claim counted the attempt, so a job that kills its worker ends in quarantine after three."""
    expired = Job.objects.work().filter(state=JobState.RUNNING, lease_until__lt=Now())
    freed = {
        "lease_token": None,
        "lease_until": None,
        "last_error": WORKER_DIED,
        "hints": 0,
        "hint_after": Now(),
    }
    lost = expired.filter(attempt__gte=MAX_ATTEMPTS).update(
        state=JobState.QUARANTINED, finished_at=Now(), **freed
    )
    requeued = expired.update(state=JobState.QUEUED, not_before=Now(), **freed)
    if lost or requeued:
        logger.warning("Leases ran out: %d jobs wait again, %d are quarantined.", requeued, lost)
    return lost + requeued


def resend_hints() -> int:
    """A bounded number, longest overdue first; a hint for a row that was claimed meanwhile is thrown away."""
    sent = 0
    overdue = Job.objects.due().filter(hint_after__lte=Now()).order_by("hint_after", "pk")
    for waiting in overdue[:HINTS_PER_SWEEP]:
        if not send_hint(waiting):
            break  # the broker is away: the next sweep tries again
        sent += 1
    return sent


def forget_silent_workers() -> None:
    """Containers get a new name at each start: the old ones would fill /status."""
    Job.objects.filter(kind=WORKER_KIND, finished_at__lt=from_now(-FORGET_WORKER_AFTER_S)).delete()
