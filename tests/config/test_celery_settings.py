"""Hints are delivered as the job rows need it, whatever the broker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.celery import app, check_concurrency
from config.celery_settings import _queue, _transport_options
from config.environment import BadEnvironment

ROOT = Path(__file__).resolve().parents[2]


def test_each_queue_has_its_task_and_training_is_acknowledged_early() -> None:
    assert {name: app.tasks[f"realm.{name}"].acks_late for name in ("cpu", "gpu", "training")} == {
        "cpu": True,
        "gpu": True,
        "training": False,
    }


def test_rabbitmq_gets_quorum_queues_and_confirms() -> None:
    assert _queue("gpu", "amqps").queue_arguments["x-queue-type"] == "quorum"
    assert _transport_options("amqp")["confirm_publish"] is True
    assert _queue("gpu", "redis").queue_arguments == {}


def test_an_unknown_broker_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadEnvironment, match="'kafka': use amqp://"):
        _transport_options("kafka")


def test_a_gpu_worker_with_two_processes_is_refused() -> None:
    check_concurrency(queues=["cpu"], concurrency=8)
    with pytest.raises(SystemExit, match="use 1"):
        check_concurrency(queues=["cpu", "gpu"], concurrency=2)


def test_a_worker_on_the_gpu_queue_refuses_to_start_with_two_processes(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "gpu", "-c", "2"],
        cwd=ROOT,
        env={**os.environ, "REALM_DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "", "DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode != 0
    assert "start one worker for each GPU" in answer.stderr
