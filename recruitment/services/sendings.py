"""What is on its way although the job that was to send it has stopped for good: it can be sent again."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from core.models import Job, JobState

Row = TypeVar("Row", bound=Model)
STOPPED = (JobState.QUARANTINED, JobState.CANCELLED)


def sending_key(name: str, *, pk: int, sendings: int) -> str:
    """The subject of the job of one sending; `stuck` finds the same by the database."""
    return f"{name}:{pk}:{sendings}"


def stuck(rows: QuerySet[Row], *, name: str, job_kind: str) -> QuerySet[Row]:
    """Those of these decisions or payments whose newest job was quarantined or cancelled."""
    number = Cast("pk", CharField()), Value(":"), Cast("sendings", CharField())
    jobs = Job.objects.filter(kind=job_kind, subject_key=OuterRef("job_key"), state__in=STOPPED)
    on_the_way = rows.filter(state="sending").alias(job_key=Concat(Value(f"{name}:"), *number))
    found: QuerySet[Row] = on_the_way.filter(Exists(jobs))
    return found
