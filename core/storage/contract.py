"""What every object store promises, and the checks that both kinds share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from core.errors import Broken

CHUNK_BYTES = 256 * 1024
MAX_KEY_CHARACTERS = 512
KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class MissingObject(Broken):
    """A row names an object that the store does not have."""


class DigestMismatch(Broken):
    """The bytes that arrived are not the bytes that were announced; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    key: str
    byte_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignedPut:
    """What a client needs to send one object of exactly this length straight to the store."""

    url: str
    headers: dict[str, str]  # to be sent as they stand; the length a browser sets by itself
    expires_s: int


class ObjectStore(Protocol):
    """Keys are made by Realm, never by a person; putting the same bytes again changes nothing."""

    def put(self, *, key: str, data: bytes | BinaryIO, sha256: str, content_type: str) -> StoredObject: ...

    def head(self, key: str) -> StoredObject | None: ...

    def open(self, key: str) -> BinaryIO: ...

    def iterate(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]: ...

    def download_to(self, key: str, path: Path) -> None: ...

    def delete(self, key: str) -> None: ...

    def list(self, prefix: str) -> Iterator[StoredObject]: ...

    def discard_unfinished(self, *, older_than_s: float) -> int: ...

    def presigned_put(
        self, *, key: str, byte_length: int, sha256: str, content_type: str, expires_s: int
    ) -> PresignedPut | None: ...


def checked_key(key: str) -> str:
    if len(key) > MAX_KEY_CHARACTERS or not KEY_PATTERN.fullmatch(key):
        raise Broken(
            f"The object key {key[:80]!r} is not allowed: use letters, digits, '.', '_', '-' and single '/'."
        )
    return key


def copy_checked(data: bytes | BinaryIO, target: IO[bytes], *, sha256: str) -> int:
    """Copy in chunks and compare the digest; returns the number of bytes."""
    source = BytesIO(data) if isinstance(data, bytes) else data
    digest, byte_length = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
        byte_length += len(chunk)
    if digest.hexdigest() != sha256:
        raise DigestMismatch(
            f"SHA-256 {digest.hexdigest()} arrived where {sha256} was announced "
            f"({byte_length} bytes): send it again."
        )
    return byte_length


def chunks(read: Callable[[int], bytes], close: Callable[[], None], length: int | None) -> Iterator[bytes]:
    try:
        while length is None or length > 0:
            chunk = read(CHUNK_BYTES if length is None else min(CHUNK_BYTES, length))
            if not chunk:
                return
            length = None if length is None else length - len(chunk)
            yield chunk
    finally:
        close()
