"""Every worker tries every timer; one of them runs it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from core import timers
from core.errors import RetryLater
from core.health import platform_status
from core.models import Job
from core.timers import TimerThread, run_timer, timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def every_minute() -> Iterator[Callable[[Callable[[], None]], None]]:
    before = dict(timers._timers)

    def declare(function: Callable[[], None]) -> None:
        timer(name="test", every_s=60)(function)

    yield declare
    timers._timers.clear()
    timers._timers.update(before)


def let_it_be_due() -> None:
    Job.objects.filter(subject_key="test").update(not_before=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_runs_the_timer(every_minute: Callable[..., None]) -> None:
    runs: list[int] = []
    every_minute(lambda: runs.append(1))
    barrier = threading.Barrier(6)

    def attempt() -> None:
        barrier.wait()
        run_timer("test", worker="w")
        connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs == [1]


def test_a_timer_runs_again_when_its_period_is_over(every_minute: Callable[..., None]) -> None:
    runs: list[int] = []
    every_minute(lambda: runs.append(1))
    assert run_timer("test", worker="w")
    assert not run_timer("test", worker="w")
    let_it_be_due()
    assert run_timer("test", worker="w")
    assert runs == [1, 1]


def test_a_timer_that_still_runs_elsewhere_is_left_alone(every_minute: Callable[..., None]) -> None:
    def inside() -> None:
        let_it_be_due()
        assert not run_timer("test", worker="other")

    every_minute(inside)
    assert run_timer("test", worker="w")


@pytest.mark.parametrize("error", [RetryLater("store away"), OperationalError("restarting")])
def test_a_timer_that_fails_keeps_its_reason_and_runs_again(
    every_minute: Callable[..., None], error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    every_minute(fail)
    with caplog.at_level(logging.WARNING):
        assert run_timer("test", worker="w")
    assert str(error) in Job.objects.get(subject_key="test").last_error
    assert "will run again" in caplog.text
    let_it_be_due()
    assert run_timer("test", worker="w")


@pytest.mark.django_db(transaction=True)
def test_the_timer_thread_runs_timers_and_reports_its_worker(
    every_minute: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "TICK_S", 0.01)
    ran = threading.Event()
    every_minute(ran.set)
    thread = TimerThread("w1@host", queues=["gpu", "cpu"])
    thread.start()
    assert ran.wait(30)
    thread.stop()
    thread.join(30)
    for running in thread.running.values():
        running.join(30)
    [worker] = platform_status().workers
    assert (worker.name, worker.queues, worker.is_alive) == ("w1@host", ["cpu", "gpu"], True)
