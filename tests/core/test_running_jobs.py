"""A job runs once, is tried three times, and waits as long as something outside is away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from core.errors import Broken, RetryLater
from core.jobs import cancel
from core.models import Job, JobState
from core.runner import claim_job, lease_is_lost, run_job, run_waiting

pytestmark = pytest.mark.django_db


def test_a_job_runs_and_is_done(waiting: Job, effects: list[dict[str, Any]]) -> None:
    assert run_job(job_id=waiting.pk, worker="w1")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.worker) == (JobState.DONE, 1, "w1")
    assert waiting.lease_token is None
    assert effects == [{"id": 1}]


def test_a_second_hint_for_the_same_job_is_thrown_away(waiting: Job, effects: list[dict[str, Any]]) -> None:
    run_job(job_id=waiting.pk, worker="w1")
    assert not run_job(job_id=waiting.pk, worker="w2")
    assert len(effects) == 1


def test_a_claimed_job_cannot_be_claimed_again(waiting: Job) -> None:
    assert claim_job(job_id=waiting.pk, worker="w1")
    assert claim_job(job_id=waiting.pk, worker="w2") is None


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_claim_at_once_one_wins(waiting: Job) -> None:
    barrier, claims = threading.Barrier(8), []

    def claim(worker: str) -> None:
        barrier.wait()
        claims.append(claim_job(job_id=waiting.pk, worker=worker))
        connections.close_all()

    threads = [threading.Thread(target=claim, args=(f"w{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found is not None for found in claims) == 1
    assert Job.objects.get(pk=waiting.pk).attempt == 1


def fail_with(error: Exception) -> Callable[[dict[str, Any]], None]:
    def fail(payload: dict[str, Any]) -> None:
        raise error

    return fail


def run_failing(declare: Callable[..., str], error: Exception, *, times: int = 1) -> Job:
    failing = Job.objects.create(kind=declare(fail_with(error)), subject_key="x", queue="cpu")
    for _ in range(times):
        Job.objects.filter(pk=failing.pk).update(not_before=timezone.now() - timedelta(hours=1))
        with pytest.raises(type(error)):
            run_job(job_id=failing.pk, worker="w")
    failing.refresh_from_db()
    return failing


def test_a_failed_job_waits_a_moment_and_keeps_its_reason(declare: Callable[..., str]) -> None:
    failed = run_failing(declare, ValueError("no frames"))
    assert (failed.state, failed.attempt, failed.last_error) == (JobState.QUEUED, 1, "ValueError: no frames")
    assert failed.not_before > timezone.now()


def test_three_failures_lead_to_quarantine(declare: Callable[..., str]) -> None:
    failed = run_failing(declare, ValueError("no frames"), times=3)
    assert (failed.state, failed.attempt) == (JobState.QUARANTINED, 3)
    assert list(Job.objects.quarantined()) == [failed]


def test_what_cannot_get_better_is_quarantined_at_once(declare: Callable[..., str]) -> None:
    assert run_failing(declare, Broken("no such bundle")).state == JobState.QUARANTINED


@pytest.mark.parametrize("outage", [RetryLater("store away"), OperationalError("database restarts")])
def test_an_outage_elsewhere_costs_no_attempt(declare: Callable[..., str], outage: Exception) -> None:
    waited = run_failing(declare, outage, times=5)
    assert (waited.state, waited.attempt, waited.postponed) == (JobState.QUEUED, 0, 5)
    assert waited.not_before > timezone.now() + timedelta(seconds=60)


def test_an_outage_may_say_how_long_it_lasts(declare: Callable[..., str]) -> None:
    waited = run_failing(declare, RetryLater("busy", delay_s=1000))
    assert waited.not_before > timezone.now() + timedelta(seconds=900)


def test_a_job_that_is_not_yet_due_is_not_claimed(waiting: Job) -> None:
    Job.objects.filter(pk=waiting.pk).update(not_before=timezone.now() + timedelta(hours=1))
    assert claim_job(job_id=waiting.pk, worker="w") is None


def test_a_worker_that_lost_its_lease_cannot_mark_the_job_done(declare: Callable[..., str]) -> None:
    def taken_away(payload: dict[str, Any]) -> None:
        cancel(job=Job.objects.get(pk=payload["id"]))

    taken = Job.objects.create(kind=declare(taken_away), subject_key="x", queue="cpu")
    Job.objects.filter(pk=taken.pk).update(payload={"id": taken.pk})
    run_job(job_id=taken.pk, worker="w")
    taken.refresh_from_db()
    assert taken.state == JobState.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_long_job_keeps_its_lease_and_learns_when_it_is_lost(
    declare: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.runner.LEASE_RENEWAL_S", 0.05)
    seen: list[bool] = []
    renewed = threading.Event()

    def work(payload: dict[str, Any]) -> None:
        row = Job.objects.get(kind="test.job")
        first = row.lease_until
        while row.lease_until == first:
            renewed.wait(0.02)
            row.refresh_from_db()
        seen.append(lease_is_lost())
        cancel(job=row)
        while not lease_is_lost():
            renewed.wait(0.02)
        seen.append(lease_is_lost())

    long_job = Job.objects.create(kind=declare(work), subject_key="x", queue="cpu")
    run_job(job_id=long_job.pk, worker="w")
    assert seen == [False, True]
    assert not lease_is_lost()


def test_run_waiting_empties_the_queues(waiting: Job, effects: list[dict[str, Any]]) -> None:
    Job.objects.create(kind=waiting.kind, subject_key="two", queue="gpu", payload={"id": 2})
    assert run_waiting(worker="w") == 2
    assert [payload["id"] for payload in effects] == [1, 2]
