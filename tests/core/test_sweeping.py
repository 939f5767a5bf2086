"""The sweep finds what dead workers and brokers left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import ShownToUser
from core.jobs import cancel, retry_quarantined
from core.models import Job, JobState
from core.runner import MAX_ATTEMPTS, claim_job, run_job
from core.sweeping import sweep

pytestmark = pytest.mark.django_db


def expire_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_lost_hint_is_sent_again_until_the_job_ran(
    waiting: Job, hints: list[tuple[str, int]], effects: list[dict[str, Any]]
) -> None:
    sweep()
    assert hints == [("realm.cpu", waiting.pk)]
    run_job(job_id=hints[0][1], worker="w")
    sweep()
    assert (len(hints), len(effects)) == (1, 1)


def test_hints_are_repeated_ever_more_seldom(waiting: Job, hints: list[tuple[str, int]]) -> None:
    pauses = []
    for _ in range(3):
        Job.objects.update(hint_after=timezone.now() - timedelta(seconds=1))
        sweep()
        sweep()
        waiting.refresh_from_db()
        pauses.append(round((waiting.hint_after - timezone.now()).total_seconds(), -1))
    assert (len(hints), pauses) == (3, [10, 20, 40])


def test_a_job_whose_worker_died_waits_again(waiting: Job, hints: list[tuple[str, int]]) -> None:
    claim_job(job_id=waiting.pk, worker="dead")
    sweep()
    assert hints == []
    expire_lease(waiting)
    sweep()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt) == (JobState.QUEUED, 1)
    assert "worker died" in waiting.last_error
    assert hints == [("realm.cpu", waiting.pk)]


def test_a_job_that_kills_three_workers_is_quarantined(waiting: Job, hints: list[tuple[str, int]]) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert claim_job(job_id=waiting.pk, worker="dead")
        expire_lease(waiting)
        sweep()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt) == (JobState.QUARANTINED, MAX_ATTEMPTS)


def test_an_admin_gives_a_quarantined_job_three_fresh_attempts(
    waiting: Job, hints: list[tuple[str, int]], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    Job.objects.filter(pk=waiting.pk).update(state=JobState.QUARANTINED, attempt=3)
    with django_capture_on_commit_callbacks(execute=True):
        retry_quarantined(job=waiting)
    assert (waiting.state, waiting.attempt) == (JobState.QUEUED, 0)
    assert hints == [("realm.cpu", waiting.pk)]
    assert run_job(job_id=waiting.pk, worker="w")


def test_a_done_job_can_be_neither_retried_nor_cancelled(waiting: Job) -> None:
    run_job(job_id=waiting.pk, worker="w")
    with pytest.raises(ShownToUser, match="is done"):
        retry_quarantined(job=waiting)
    with pytest.raises(ShownToUser, match="is done"):
        cancel(job=waiting)


def test_a_cancelled_job_is_left_alone(waiting: Job, hints: list[tuple[str, int]]) -> None:
    cancel(job=waiting)
    sweep()
    assert (hints, run_job(job_id=waiting.pk, worker="w")) == ([], False)
