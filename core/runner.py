"""Running jobs: claim the row by one conditional UPDATE, work, mark it done by the same token."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections
from django.db.models import Expression, F
from django.db.models.functions import Now

from core.errors import Broken, RetryLater, ShownToUser
from core.jobs import spec_of
from core.models import Job, JobState

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
LEASE_S = 45
LEASE_RENEWAL_S = 15
FIRST_POSTPONEMENT_S = 5
LONGEST_POSTPONEMENT_S = 300
LONGEST_ERROR = 4000  # characters
# Somebody else's outage: the job keeps its attempts. A database that restarts is one of them.
OUTAGES = (RetryLater, OperationalError, InterfaceError)
# A second attempt gives the same answer.
FINAL_ERRORS = (Broken, ShownToUser)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one row, until the lease runs out or is taken away."""

    job: Job
    token: uuid.UUID
    lost: threading.Event

    def update(self, **changes: Any) -> bool:
        """Change the row only while it is still ours."""
        held = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, lease_token=self.token)
        return held.update(**changes) == 1


_current = threading.local()


def lease_is_lost() -> bool:
    """For long jobs: the row was cancelled or given to another worker, so stop at the next good moment."""
    claim: Claim | None = getattr(_current, "claim", None)
    return claim is not None and claim.lost.is_set()


def from_now(seconds: float) -> Expression:
    """A moment by the clock of the database: the clocks of many workers differ."""
    return Now() + timedelta(seconds=seconds)


def claim_job(*, job_id: int, worker: str) -> Claim | None:
    """Of all who try, one gets the row; None when it is not (or no longer) waiting."""
    token = uuid.uuid4()
    claimed = (
        Job.objects.due()
        .filter(pk=job_id)
        .update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            lease_token=token,
            lease_until=from_now(LEASE_S),
            started_at=Now(),
            worker=worker,
        )
    )
    if not claimed:
        return None
    return Claim(job=Job.objects.get(pk=job_id), token=token, lost=threading.Event())


def run_job(*, job_id: int, worker: str) -> bool:
    """Claim and run one job; False when somebody else has it. What the job raises is recorded and raised."""
    claim = claim_job(job_id=job_id, worker=worker)
    if claim is None:
        return False
    _current.claim = claim
    try:
        with _lease_kept(claim):
            spec_of(claim.job.kind).function(claim.job.payload)
    except Exception as error:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # it may be what broke
        record_failure(claim=claim, error=error)
        raise
    finally:
        _current.claim = None
    if not claim.update(
        state=JobState.DONE, lease_token=None, lease_until=None, finished_at=Now(), last_error=""
    ):
        logger.warning("%s ran, but its lease was gone: another worker or an admin has it now.", claim.job)
    return True


def record_failure(*, claim: Claim, error: Exception) -> None:
    """Wait and try again, or quarantine; only if the row is still ours."""
    changes: dict[str, Any] = {"lease_token": None, "lease_until": None, "hints": 0, "hint_after": Now()}
    changes["last_error"] = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    if isinstance(error, OUTAGES):
        changes |= {"attempt": F("attempt") - 1, "postponed": F("postponed") + 1, "state": JobState.QUEUED}
        changes["not_before"] = from_now(_postponement_s(claim.job, error))
    elif isinstance(error, FINAL_ERRORS) or claim.job.attempt >= MAX_ATTEMPTS:
        changes |= {"state": JobState.QUARANTINED, "finished_at": Now()}
    else:
        changes |= {
            "state": JobState.QUEUED,
            "not_before": from_now(FIRST_POSTPONEMENT_S * claim.job.attempt),
        }
    claim.update(**changes)


def _postponement_s(postponed_job: Job, error: Exception) -> float:
    if isinstance(error, RetryLater) and error.delay_s is not None:
        return error.delay_s
    doublings = min(postponed_job.postponed, 10)
    return min(LONGEST_POSTPONEMENT_S, FIRST_POSTPONEMENT_S * 2.0**doublings)


@contextmanager
def _lease_kept(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread: a short lease finds dead workers soon, also for jobs of many hours."""
    finished = threading.Event()
    keeper = threading.Thread(target=_renew, args=(claim, finished), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        finished.set()


def _renew(claim: Claim, finished: threading.Event) -> None:
    try:
        while not (finished.wait(LEASE_RENEWAL_S) or claim.lost.is_set()):
            try:
                if not claim.update(lease_until=from_now(LEASE_S)):
                    claim.lost.set()
            except (OperationalError, InterfaceError) as error:
                close_old_connections()
                logger.warning("The lease of %s could not be renewed now: %s", claim.job, error)
    finally:
        connections.close_all()


def run_waiting(*, worker: str, limit: int = 1000) -> int:
    """Run due jobs here and now, oldest first, until none is left; for tests, demo data and single shots."""
    count = 0
    while count < limit:
        job_id = Job.objects.due().order_by("not_before", "pk").values_list("pk", flat=True).first()
        if job_id is None:
            break
        count += run_job(job_id=job_id, worker=worker)
    return count
