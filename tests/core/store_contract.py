"""What every object store promises, written once; the folder and a real S3 server both run it."""

from __future__ import annotations

import hashlib
import uuid
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import Broken
from core.storage import DigestMismatch, MissingObject, ObjectStore, StoredObject, probe_store

DATA = bytes(range(256)) * 5000  # 1.28 MB: more than one chunk


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class StoreContract:
    """Subclasses give a `store` fixture."""

    @pytest.fixture
    def key(self) -> str:
        return f"contract/{uuid.uuid4().hex}/take.wav"

    def put(self, store: ObjectStore, key: str, data: bytes = DATA) -> StoredObject:
        return store.put(key=key, data=data, sha256=sha256_of(data), content_type="audio/wav")

    def test_what_was_put_comes_back(self, store: ObjectStore, key: str, tmp_path: Path) -> None:
        assert self.put(store, key) == StoredObject(key=key, byte_length=len(DATA))
        assert store.head(key) == StoredObject(key=key, byte_length=len(DATA))
        assert b"".join(store.iterate(key)) == DATA
        store.download_to(key, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == DATA

    def test_a_stream_is_stored_like_bytes(self, store: ObjectStore, key: str) -> None:
        store.put(key=key, data=BytesIO(DATA), sha256=sha256_of(DATA), content_type="audio/wav")
        assert b"".join(store.iterate(key)) == DATA

    def test_an_empty_object_is_an_object(self, store: ObjectStore, key: str) -> None:
        self.put(store, key, b"")
        assert store.head(key) == StoredObject(key=key, byte_length=0)
        assert b"".join(store.iterate(key)) == b""

    def test_a_part_can_be_read_alone(self, store: ObjectStore, key: str) -> None:
        self.put(store, key)
        assert b"".join(store.iterate(key, start=300_000, length=500_000)) == DATA[300_000:800_000]
        assert b"".join(store.iterate(key, start=1_279_990)) == DATA[-10:]

    def test_an_opened_object_can_be_sought(self, store: ObjectStore, key: str) -> None:
        self.put(store, key)
        with store.open(key) as source:
            source.seek(1_000_000)
            assert source.read(4) == DATA[1_000_000:1_000_004]

    def test_other_bytes_than_announced_are_not_stored(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(DigestMismatch, match="was announced"):
            store.put(key=key, data=DATA[:-1], sha256=sha256_of(DATA), content_type="audio/wav")
        assert store.head(key) is None

    def test_putting_the_same_again_changes_nothing(self, store: ObjectStore, key: str) -> None:
        assert self.put(store, key) == self.put(store, key)
        assert [found.key for found in store.list(key)] == [key]

    def test_a_missing_object_is_told_apart_from_a_broken_store(self, store: ObjectStore, key: str) -> None:
        assert store.head(key) is None
        with pytest.raises(MissingObject):
            store.open(key)
        with pytest.raises(MissingObject):
            store.iterate(key)

    def test_deleting_twice_is_deleting_once(self, store: ObjectStore, key: str) -> None:
        self.put(store, key)
        store.delete(key)
        store.delete(key)
        assert store.head(key) is None

    def test_a_prefix_lists_its_objects_and_no_others(self, store: ObjectStore, key: str) -> None:
        self.put(store, f"{key}.a", b"1")
        self.put(store, f"{key}.b/c", b"22")
        self.put(store, f"other/{uuid.uuid4().hex}", b"3")
        assert list(store.list(key)) == [
            StoredObject(key=f"{key}.a", byte_length=1),
            StoredObject(key=f"{key}.b/c", byte_length=2),
        ]

    @pytest.mark.parametrize("bad", ["", "/a", "a/../b", "a//b", "a/", ".a", "a\\b", "a b", "x" * 513, "a\n"])
    def test_a_key_that_could_leave_its_place_is_refused(self, store: ObjectStore, bad: str) -> None:
        with pytest.raises(Broken, match="not allowed"):
            self.put(store, bad)

    def test_a_healthy_store_passes_its_probe_and_keeps_nothing_of_it(self, store: ObjectStore) -> None:
        probe_store(store)
        assert list(store.list("probe/")) == []
