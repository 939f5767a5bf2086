"""One tar.gz from one folder: equal files give equal bytes, whoever packs them, wherever and whenever."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from pathlib import Path

COMPRESSION_LEVEL = 6
CHUNK_BYTES = 1 << 20
SUMS_NAME = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """`SHA256SUMS` of every file below the folder, as `sha256sum -c` reads it."""
    lines = [f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_below(folder)]
    (folder / SUMS_NAME).write_text("".join(lines), encoding="utf-8", newline="\n")


def pack(*, folder: Path, archive: Path) -> None:
    """Names sorted, times 0, owner 0, one mode: nothing of this machine or moment is left in the archive."""
    with (
        archive.open("wb") as target,
        gzip.GzipFile(
            filename="", mode="wb", fileobj=target, mtime=0, compresslevel=COMPRESSION_LEVEL
        ) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in files_below(folder):
            entry = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            entry.size, entry.mode, entry.mtime = path.stat().st_size, 0o644, 0
            with path.open("rb") as source:
                tar.addfile(entry, source)


def files_below(folder: Path) -> list[Path]:
    return sorted(
        (path for path in folder.rglob("*") if path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix().encode(),
    )


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
