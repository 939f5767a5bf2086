"""Jobs that only tests know, and a broker that only remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app

from core import jobs
from core.jobs import JobFunction, job
from core.models import Job


@pytest.fixture
def declare() -> Iterator[Callable[..., str]]:
    """Declare a job for one test; returns its kind."""
    before = dict(jobs._specs)

    def declare_job(function: JobFunction, *, kind: str = "test.job", queue: str = "cpu") -> str:
        job(kind=kind, queue=queue, time_limit_s=60)(function)
        return kind

    yield declare_job
    jobs._specs.clear()
    jobs._specs.update(before)


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Instead of a broker: task names and ids in the order of sending."""
    sent: list[tuple[str, int]] = []

    def remember(name: str, args: list[int], **options: Any) -> None:
        sent.append((name, args[0]))

    monkeypatch.setattr(current_app, "send_task", remember)
    return sent


@pytest.fixture
def effects() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def waiting(db: None, declare: Callable[..., str], effects: list[dict[str, Any]]) -> Job:
    """One job that waits and that, when run, notes its payload."""
    kind = declare(effects.append)
    return Job.objects.create(kind=kind, subject_key="one", queue="cpu", payload={"id": 1})
