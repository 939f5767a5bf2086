"""Objects as files in a folder: the embedded default."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import RetryLater
from core.storage.contract import (
    MissingObject,
    PresignedPut,
    StoredObject,
    checked_key,
    chunks,
    copy_checked,
)


@contextmanager
def _folder_errors(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingObject(f"The object {key!r} is not in the store.") from error
    except OSError as error:
        raise RetryLater(f"The folder of objects refused {key!r}: {error.strerror or error}.") from error


def _flush_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FolderStore:
    """Objects as files: written aside, flushed, renamed, so that a name always means whole, durable bytes."""

    def __init__(self, folder: Path) -> None:
        self.objects = folder / "objects"
        self.incoming = folder / "incoming"

    def put(self, *, key: str, data: bytes | BinaryIO, sha256: str, content_type: str) -> StoredObject:
        path = self._path(key)
        with _folder_errors(key):
            self.incoming.mkdir(parents=True, exist_ok=True)
            self._make_folder(path.parent)
            aside = self.incoming / uuid.uuid4().hex
            try:
                with aside.open("xb") as target:
                    byte_length = copy_checked(data, target, sha256=sha256)
                    target.flush()
                    os.fsync(target.fileno())
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)
            _flush_folder(path.parent)
        return StoredObject(key=key, byte_length=byte_length)

    def head(self, key: str) -> StoredObject | None:
        path = self._path(key)
        if not path.is_file():
            return None
        return StoredObject(key=key, byte_length=path.stat().st_size)

    def open(self, key: str) -> BinaryIO:
        with _folder_errors(key):
            return self._path(key).open("rb")

    def iterate(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        source = self.open(key)
        source.seek(start)
        return chunks(source.read, source.close, length)

    def download_to(self, key: str, path: Path) -> None:
        with path.open("wb") as target:
            target.writelines(self.iterate(key))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _folder_errors(key):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _flush_folder(path.parent)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        for folder, subfolders, names in os.walk(self.objects / prefix.rpartition("/")[0]):
            subfolders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                key = path.relative_to(self.objects).as_posix()
                if key.startswith(prefix):
                    yield StoredObject(key=key, byte_length=path.stat().st_size)

    def discard_unfinished(self, *, older_than_s: float) -> int:
        """Delete what a process that was killed in the middle of `put` left aside; returns how many files."""
        horizon_s = time.time() - older_than_s
        with _folder_errors("incoming"):
            left = [path for path in self.incoming.glob("*") if path.stat().st_mtime < horizon_s]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def presigned_put(
        self, *, key: str, byte_length: int, sha256: str, content_type: str, expires_s: int
    ) -> PresignedPut | None:
        """None: a folder has no address of its own, the client sends the bytes through Django."""
        return None

    def _path(self, key: str) -> Path:
        return self.objects / checked_key(key)

    def _make_folder(self, folder: Path) -> None:
        missing = [folder, *folder.parents]
        missing = missing[: next(index for index, path in enumerate(missing) if path.exists())]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            _flush_folder(path.parent)
