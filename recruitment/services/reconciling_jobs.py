"""Ask a provider soon, in a worker: a long list takes minutes, and a page must not wait for it."""

from __future__ import annotations

from django.db import transaction

from core.jobs import enqueue
from core.models import Job, JobState
from recruitment.models import Effort

RECONCILE = "recruitment.reconcile"
WAITING = (JobState.QUEUED, JobState.RUNNING)


@transaction.atomic
def ask_provider_soon(*, effort: Effort) -> Job:
    """The job that asks; asked for again while it waits or runs, the same one."""
    key = str(effort.pk)
    Job.objects.filter(kind=RECONCILE, subject_key=key).exclude(state__in=WAITING).delete()
    return enqueue(kind=RECONCILE, subject_key=key, payload={"effort": effort.pk})


def is_being_asked(*, effort: Effort) -> bool:
    return Job.objects.filter(kind=RECONCILE, subject_key=str(effort.pk), state__in=WAITING).exists()
