"""The servers that scripts/services.py started, found through the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.environment import parse_object_store_url
from core.storage.s3 import S3Store


def address(name: str) -> str:
    """A missing server fails: these tests are only asked for where the servers run."""
    if not os.environ.get(name):
        pytest.fail(f"{name} is not set: run this through 'make test-services'")
    return os.environ[name]


@pytest.fixture
def s3_url() -> str:
    return address("OBJECT_STORE_URL")


@pytest.fixture
def s3_store(s3_url: str) -> S3Store:
    return S3Store(parse_object_store_url(s3_url, base_dir=Path()))


@pytest.fixture
def postgres_url() -> str:
    return address("DATABASE_URL")


@pytest.fixture
def rabbitmq_url() -> str:
    return address("CELERY_BROKER_URL")


@pytest.fixture
def redis_url() -> str:
    return address("REALM_SERVICES_REDIS_URL")
