"""Declaring jobs and asking for them; core.runner runs them, core.sweeping repairs what was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from kombu.exceptions import KombuError

from core.errors import Broken, ShownToUser
from core.models import Job, JobState
from core.queues import JobQueue

logger = logging.getLogger(__name__)

JobFunction = Callable[[dict[str, Any]], None]
FIRST_HINT_PAUSE_S = 10
LONGEST_HINT_PAUSE_S = 600
HARD_LIMIT_GRACE_S = 30  # between asking a job to stop and killing its process


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """What the decorator fixes for all jobs of one kind."""

    kind: str
    queue: str
    time_limit_s: int
    function: JobFunction


_specs: dict[str, JobSpec] = {}


def job(*, kind: str, queue: str, time_limit_s: int) -> Callable[[JobFunction], JobFunction]:
    """Declare a job; it must bear running twice, since a worker may die after the work and before the mark.

    The function gets the payload and returns nothing: its effects are rows and objects keyed by content.
    """
    if queue not in JobQueue.values:
        raise Broken(
            f"The job {kind!r} asks for the queue {queue!r}: use one of {', '.join(JobQueue.values)}."
        )

    def register(function: JobFunction) -> JobFunction:
        known = _specs.get(kind)
        if known and known.function.__qualname__ != function.__qualname__:
            raise Broken(f"Two functions are declared as the job {kind!r}: rename one of them.")
        _specs[kind] = JobSpec(kind=kind, queue=queue, time_limit_s=time_limit_s, function=function)
        return function

    return register


def spec_of(kind: str) -> JobSpec:
    """The declaration of a kind; a row may outlive the code that declared it."""
    if kind not in _specs:
        raise Broken(f"No job of kind {kind!r} is declared: is its app installed and its tasks.py there?")
    return _specs[kind]


def enqueue(*, kind: str, subject_key: str, payload: dict[str, Any]) -> Job:
    """The job of this kind for this subject, made now if there was none; a worker is told on commit."""
    spec = spec_of(kind)
    wrong = [name for name, value in payload.items() if not isinstance(value, str | int)]
    if wrong:
        raise Broken(f"The payload of {kind!r} holds {wrong[0]!r}, which is no id: pass ids, load the rest.")
    found, created = Job.objects.get_or_create(
        kind=kind, subject_key=subject_key, defaults={"queue": spec.queue, "payload": payload}
    )
    if created:
        transaction.on_commit(partial(send_hint, found))
    return found


def send_hint(waiting: Job) -> bool:
    """Tell a worker that a row waits; a broker that is away costs time, never the job (the sweep sends again)."""
    spec = spec_of(waiting.kind)
    try:
        current_app.send_task(
            f"realm.{waiting.queue}",
            args=[waiting.pk],
            queue=waiting.queue,
            soft_time_limit=spec.time_limit_s,
            time_limit=spec.time_limit_s + HARD_LIMIT_GRACE_S,
            ignore_result=True,
        )
    except (KombuError, OSError) as error:
        logger.warning("No hint sent for %s: the broker is away (%s); the sweep will.", waiting, error)
        return False
    _schedule_next_hint(waiting)
    return True


def _schedule_next_hint(waiting: Job) -> None:
    """Ever more seldom: while no worker serves a queue, its hints would fill the broker."""
    pause_s = min(LONGEST_HINT_PAUSE_S, FIRST_HINT_PAUSE_S * 2 ** min(waiting.hints, 10))
    Job.objects.filter(pk=waiting.pk).update(
        hints=F("hints") + 1, hint_after=Now() + timedelta(seconds=pause_s)
    )


def retry_quarantined(*, job: Job) -> Job:
    """An admin has mended the cause: three fresh attempts."""
    changed = Job.objects.filter(pk=job.pk, state__in=[JobState.QUARANTINED, JobState.CANCELLED]).update(
        state=JobState.QUEUED,
        attempt=0,
        postponed=0,
        not_before=Now(),
        finished_at=None,
        hints=0,
        hint_after=Now(),
    )
    job.refresh_from_db()
    if not changed:
        raise ShownToUser(f"{job} is {job.state}: only a quarantined or cancelled job can be tried again.")
    transaction.on_commit(partial(send_hint, job))
    return job


def cancel(*, job: Job) -> Job:
    """Take a job away; one that runs finishes its attempt without being marked done."""
    changed = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING]).update(
        state=JobState.CANCELLED, lease_token=None, lease_until=None, finished_at=Now()
    )
    job.refresh_from_db()
    if not changed:
        raise ShownToUser(f"{job} is {job.state}: only a waiting or running job can be cancelled.")
    return job
