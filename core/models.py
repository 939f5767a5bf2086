"""The one table of core: a job is a row; a queue message is only a hint that the row waits."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from core.queues import JobQueue

TIMER_QUEUE = "timer"
WORKER_KIND = "worker"  # not work: one row for each worker, with the moment it was last seen


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


class JobQuerySet(models.QuerySet["Job"]):
    def work(self) -> JobQuerySet:
        """Jobs proper, without the rows that timers and workers keep here."""
        return self.exclude(queue=TIMER_QUEUE)

    def due(self) -> JobQuerySet:
        """Queued and past their waiting time, by the clock of the database."""
        return self.work().filter(state=JobState.QUEUED, not_before__lte=Now())

    def quarantined(self) -> JobQuerySet:
        return self.work().filter(state=JobState.QUARANTINED)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by queue, then by state; every queue and state is there, zero included."""
        table = {queue: dict.fromkeys(JobState.values, 0) for queue in JobQueue.values}
        for row in self.work().values("queue", "state").annotate(count=Count("id")):
            table.setdefault(row["queue"], dict.fromkeys(JobState.values, 0))[row["state"]] = row["count"]
        return table

    def oldest_waiting(self) -> dict[str, datetime]:
        """By queue, since when its oldest due job waits."""
        return dict(self.due().values_list("queue").annotate(since=Min("not_before")))


class Job(models.Model):
    """One piece of work, keyed by what it works on, so that asking twice is asking once."""

    kind = models.CharField(max_length=64)
    subject_key = models.CharField(max_length=200, help_text="What the job works on, by content or id.")
    queue = models.CharField(max_length=16)
    payload = models.JSONField(default=dict, help_text="Ids only.")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Starts so far; a killed worker counts, an outage outside does not."
    )
    postponed = models.PositiveIntegerField(default=0, help_text="How often something outside was away.")
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(db_default=Now())
    hints = models.PositiveIntegerField(default=0, help_text="How often a worker was told about this wait.")
    hint_after = models.DateTimeField(db_default=Now(), editable=False)
    worker = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "subject_key"], name="job_once_per_subject"),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING, lease_token__isnull=False, lease_until__isnull=False)
                | ~Q(state=JobState.RUNNING) & Q(lease_token__isnull=True),
                name="job_leased_while_running",
            ),
        )
        indexes = (
            models.Index(fields=["queue", "not_before"], condition=Q(state="queued"), name="job_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_leased"),
            models.Index(fields=["queue", "state"], name="job_by_queue_and_state"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key}"
