"""Fixtures for every test: own objects for each, and hints to workers that never leave the process."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.celery import app
from core.storage import ObjectStore, object_store
from core.storage.config import ObjectStoreConfig


@pytest.fixture(autouse=True, scope="session")
def hints_stay_in_this_process() -> None:
    """Tests run jobs from their rows; a worker of the developer must not be told about them."""
    app.conf.update(broker_url="memory://", broker_transport_options={})


@pytest.fixture(autouse=True)
def own_object_store(tmp_path: Path, settings: Any) -> None:
    """A folder for each test; a prefix of its own in the real bucket where OBJECT_STORE_URL names an S3."""
    configured: ObjectStoreConfig = settings.OBJECT_STORE
    if configured.is_s3:
        settings.OBJECT_STORE = replace(configured, prefix=f"test-{uuid.uuid4().hex}/")
    else:
        settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path / "object-store")


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def store() -> ObjectStore:
    return object_store()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave GPU tests out where there is no GPU: a skip in the summary should always mean a fault."""
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not on_gpu or _has_gpu():
        return
    config.hook.pytest_deselected(items=on_gpu)
    items[:] = [item for item in items if item not in on_gpu]


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()
