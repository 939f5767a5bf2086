"""Machines and people learn whether the platform can work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone

from core import health
from core.health import platform_status
from core.models import Job, JobState
from core.storage.config import ObjectStoreConfig
from core.sweeping import sweep
from core.timers import note_worker
from core.views import healthz

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_last_probe", None)


@pytest.fixture
def broken_store(settings: Any, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "file").write_text("not a folder")
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path / "file")
    yield


def test_a_healthy_platform_answers_200() -> None:
    answer = healthz(RequestFactory().get("/healthz"))
    assert (answer.status_code, answer.content) == (
        200,
        b'{"status": "ok", "database": "ok", "storage": "ok"}',
    )


def test_a_store_that_takes_nothing_answers_503(broken_store: None) -> None:
    answer = healthz(RequestFactory().get("/healthz"))
    assert (answer.status_code, b'"storage": "away"' in answer.content) == (503, True)


def test_a_database_that_is_away_answers_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = healthz(RequestFactory().get("/healthz"))
    assert (answer.status_code, b'"database": "away"' in answer.content) == (503, True)


def test_status_counts_jobs_by_queue_and_says_how_long_the_oldest_waits() -> None:
    Job.objects.create(kind="a", subject_key="1", queue="cpu", state=JobState.DONE)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Job.objects.create(kind="a", subject_key="2", queue="gpu", not_before=an_hour_ago)
    queues = {queue.name: queue for queue in platform_status().queues}
    assert (queues["cpu"].done, queues["gpu"].queued, queues["training"].queued) == (1, 1, 0)
    assert 3590 < (queues["gpu"].oldest_waiting_s or 0) < 3700
    assert (queues["gpu"].is_stuck, queues["cpu"].is_stuck) == (True, False)


def test_status_shows_quarantined_jobs_and_is_then_not_well() -> None:
    assert platform_status().is_well
    bad = Job.objects.create(kind="a", subject_key="1", queue="cpu", state=JobState.QUARANTINED)
    status = platform_status()
    assert (status.quarantined, status.quarantined_count, status.is_well) == ([bad], 1, False)


def test_status_tells_a_living_worker_from_a_silent_one() -> None:
    note_worker("alive", queues=["cpu"])
    note_worker("silent", queues=["gpu"])
    Job.objects.filter(subject_key="silent").update(finished_at=timezone.now() - timedelta(minutes=5))
    status = platform_status()
    assert {worker.name: worker.is_alive for worker in status.workers} == {"alive": True, "silent": False}
    assert {queue.name: queue.has_worker for queue in status.queues}["cpu"]
    assert not {queue.name: queue.has_worker for queue in status.queues}["gpu"]


def test_status_says_what_the_store_refused(broken_store: None) -> None:
    status = platform_status()
    assert "Not a directory" in (status.storage_problem or "")
    assert status.disk_total_bytes > status.disk_free_bytes > 0


def test_a_worker_that_was_silent_for_days_is_forgotten(hints: list[tuple[str, int]]) -> None:
    note_worker("old container", queues=["cpu"])
    note_worker("new container", queues=["cpu"])
    Job.objects.filter(subject_key="old container").update(finished_at=timezone.now() - timedelta(days=2))
    sweep()
    assert [worker.name for worker in platform_status().workers] == ["new container"]
