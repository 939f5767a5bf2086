"""Asking for the same work twice is asking once, and a lost hint loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from core.errors import Broken
from core.jobs import enqueue, job
from core.models import Job, JobState

pytestmark = pytest.mark.django_db


def nothing(payload: dict[str, Any]) -> None:
    pass


def test_asking_twice_makes_one_row_and_one_hint(
    declare: Callable[..., str],
    hints: list[tuple[str, int]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    kind = declare(nothing, queue="gpu")
    with django_capture_on_commit_callbacks(execute=True):
        first = enqueue(kind=kind, subject_key="sha", payload={"recording_id": 1})
        second = enqueue(kind=kind, subject_key="sha", payload={"recording_id": 1})
    assert first.pk == second.pk
    assert hints == [("realm.gpu", first.pk)]


def test_nobody_is_told_of_a_row_that_was_rolled_back(
    declare: Callable[..., str], hints: list[tuple[str, int]]
) -> None:
    kind = declare(nothing)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(kind=kind, subject_key="sha", payload={})
        _ = 1 / 0
    assert (Job.objects.count(), hints) == (0, [])


def test_a_broker_that_is_away_loses_no_job(
    declare: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", refuse)
    kind = declare(nothing)
    with django_capture_on_commit_callbacks(execute=True):
        enqueue(kind=kind, subject_key="sha", payload={})
    assert Job.objects.get(kind=kind).state == JobState.QUEUED
    assert Job.objects.get(kind=kind).hints == 0


def test_a_payload_holds_ids_only(declare: Callable[..., str]) -> None:
    kind = declare(nothing)
    with pytest.raises(Broken, match="'audio', which is no id"):
        enqueue(kind=kind, subject_key="sha", payload={"audio": [0.1]})


def test_an_undeclared_kind_is_refused() -> None:
    with pytest.raises(Broken, match="No job of kind 'no.such'"):
        enqueue(kind="no.such", subject_key="sha", payload={})


def test_an_unknown_queue_is_refused_at_declaration() -> None:
    with pytest.raises(Broken, match="the queue 'tpu'"):
        job(kind="test.tpu", queue="tpu", time_limit_s=1)(nothing)


def test_two_functions_cannot_share_a_kind(declare: Callable[..., str]) -> None:
    kind = declare(nothing)
    with pytest.raises(Broken, match="Two functions"):
        job(kind=kind, queue="cpu", time_limit_s=1)(lambda payload: None)
