"""Fixtures for every test: each has its own folder of objects, so that none sees another's recordings."""

from pathlib import Path
from typing import Any

import pytest

from core.storage import ObjectStore, object_store
from core.storage.config import ObjectStoreConfig


@pytest.fixture(autouse=True)
def own_object_store(tmp_path: Path, settings: Any) -> None:
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path / "object-store")


@pytest.fixture
def store() -> ObjectStore:
    return object_store()
