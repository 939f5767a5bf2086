"""The folder store keeps the contract, and a crash leaves no half object."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from core.errors import RetryLater
from core.storage import object_store
from core.storage.config import ObjectStoreConfig
from core.storage.folder import FolderStore
from tests.core.store_contract import DATA, StoreContract, sha256_of


class TestFolderStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path / "store")


class BrokenStream(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise OSError(28, "No space left on device")
        return super().read(size)


def test_a_disk_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with pytest.raises(RetryLater, match="No space left"):
        store.put(key="a/b", data=BrokenStream(DATA), sha256=sha256_of(DATA), content_type="audio/wav")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_process_left_half_written_goes_after_a_day(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(key="a/b", data=DATA, sha256=sha256_of(DATA), content_type="audio/wav")
    old, young = store.incoming / "old", store.incoming / "young"
    for path in (old, young):
        path.write_bytes(DATA[:10])
    os.utime(old, (0, 0))
    assert store.discard_unfinished(older_than_s=86_400) == 1
    assert list(store.incoming.iterdir()) == [young]
    assert [found.key for found in store.list("")] == ["a/b"]


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    paths: list[Path] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    yield paths


def test_the_file_and_every_folder_that_names_it_are_flushed(tmp_path: Path, flushed: list[Path]) -> None:
    FolderStore(tmp_path).put(key="a/b/c", data=b"x", sha256=sha256_of(b"x"), content_type="audio/wav")
    folders = {path.relative_to(tmp_path).as_posix() for path in flushed if path.is_dir()}
    assert {"objects", "objects/a", "objects/a/b", "."} <= folders
    assert any("incoming" in path.parts for path in flushed)


def test_a_folder_gives_no_presigned_address(tmp_path: Path) -> None:
    put = FolderStore(tmp_path).presigned_put(
        key="a", byte_length=1, sha256=sha256_of(b"x"), content_type="audio/wav", expires_s=60
    )
    assert put is None


def test_the_process_keeps_one_store_until_the_settings_change(settings: Settings, tmp_path: Path) -> None:
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path)
    first = object_store()
    assert object_store() is first
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path / "other")
    assert object_store() is not first
