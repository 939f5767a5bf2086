"""RabbitMQ with PostgreSQL keeps every job through a killed worker; Redis passes a smoke test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from scripts import services
from tests.counting.platform import CountingPlatform

pytestmark = pytest.mark.services


@pytest.fixture
def own_database(postgres_url: str) -> Iterator[str]:
    """A database of its own on the same server, dropped afterwards."""
    name = f"counting_{uuid.uuid4().hex}"
    server = psycopg2.connect(postgres_url)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


def test_a_killed_worker_loses_no_job_on_rabbitmq(
    tmp_path: Path, own_database: str, rabbitmq_url: str
) -> None:
    platform = CountingPlatform(tmp_path, database_url=own_database, broker_url=rabbitmq_url)
    try:
        platform.kill_in_the_middle_and_finish(50)
    finally:
        platform.kill_workers()


def test_redis_carries_hints(tmp_path: Path, own_database: str, redis_url: str) -> None:
    platform = CountingPlatform(tmp_path, database_url=own_database, broker_url=redis_url)
    try:
        platform.start_worker()
        platform.enqueue(10)
        platform.wait_until(lambda: platform.states() == {"done": 10})
    finally:
        platform.kill_workers()


def test_a_broker_that_dies_and_forgets_everything_loses_no_job(
    tmp_path: Path, own_database: str, rabbitmq_url: str
) -> None:
    platform = CountingPlatform(tmp_path, database_url=own_database, broker_url=rabbitmq_url)
    try:
        platform.start_worker()
        services.end("amqp")
        platform.enqueue(8)
        assert platform.states() == {"queued": 8}
        services.start_rabbitmq()
        platform.wait_until(lambda: platform.states() == {"done": 8})
    finally:
        platform.kill_workers()
