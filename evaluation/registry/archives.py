"""Zip files that people bring: unpacked under limits, and packed again always to the same bytes."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from core.errors import ShownToUser
from modeling.bundles import CARD_NAME, METADATA_NAME, WEIGHTS_NAME

BUNDLE_NAMES: Final = (WEIGHTS_NAME, METADATA_NAME, CARD_NAME)
MAX_MEMBERS: Final = 64
MAX_TEXT_BYTES: Final = 1_000_000  # of bundle.json and the card, which go into the database
MAX_NAME_CHARACTERS: Final = 200
CHUNK_BYTES: Final = 1 << 20
UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OSError)
_PACKED_AT: Final = (1980, 1, 1, 0, 0, 0)  # the same files are the same bytes on every day


def refuse(sentence: str, *, field: str = "file") -> ShownToUser:
    return ShownToUser(sentence, code="bad_archive", field=field)


def unpack(archive: Path | IO[bytes], *, into: Path, max_bytes: int) -> list[Path]:
    """Write the files of a zip below `into`, never elsewhere and never more than `max_bytes` in all.

    A folder that everything lies in is left out, and so is what file managers add. Raises ShownToUser.
    """
    with _opened(archive) as opened:
        members = _wanted(opened, max_bytes)
        names = _names_below(into, members)
        left_bytes = max_bytes
        for member, path in zip(members, names, strict=True):
            left_bytes -= _write(opened, member, path, left_bytes)
        return names


def check(archive: IO[bytes], *, max_bytes: int) -> None:
    """Refuse what `unpack` would refuse by the table of contents alone."""
    with _opened(archive) as opened:
        _wanted(opened, max_bytes)


@contextmanager
def _opened(archive: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except UNREADABLE as error:
        raise refuse(
            f"The file cannot be unpacked as a zip ({error}). Make a new one and send it."
        ) from error


def pack_bundle(folder: Path, archive: IO[bytes]) -> None:
    """A zip of the files of a bundle, stored as they are: weights hardly shrink."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        for name in BUNDLE_NAMES:
            if not (folder / name).is_file():
                continue
            entry = zipfile.ZipInfo(name, _PACKED_AT)
            with opened.open(entry, "w", force_zip64=True) as target, (folder / name).open("rb") as source:
                shutil.copyfileobj(source, target, CHUNK_BYTES)


def refuse_other_files(paths: list[Path], *, folder: Path) -> None:
    """A bundle is three files; a fourth would be lost without a word, so it is refused."""
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if name not in BUNDLE_NAMES:
            raise refuse(
                f"The zip holds {name[:80]!r}. A bundle is {', '.join(BUNDLE_NAMES)} and nothing else."
            )
        if name != WEIGHTS_NAME and path.stat().st_size > MAX_TEXT_BYTES:
            raise refuse(f"{name} has {path.stat().st_size:,} bytes; at most {MAX_TEXT_BYTES:,} are kept.")


def _wanted(opened: zipfile.ZipFile, max_bytes: int) -> list[zipfile.ZipInfo]:
    entries = opened.infolist()
    if len(entries) > MAX_MEMBERS:
        raise refuse(
            f"The zip holds {len(entries)} entries; at most {MAX_MEMBERS} are taken. Leave others out."
        )
    files = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]
    if not files:
        raise refuse("The zip holds no files. Put the model's files into it.")
    for entry in files:
        _check_entry(entry)
    _check_sizes(files, max_bytes)
    return files


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] in ((".DS_Store",), ("Thumbs.db",))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name, parts = entry.filename, PurePosixPath(entry.filename).parts
    is_outside = name.startswith("/") or ".." in parts or "\\" in name or ":" in name
    if is_outside or not name.isprintable() or len(name) > MAX_NAME_CHARACTERS:
        raise refuse(
            f"The zip holds the name {name[:80]!r}, which does not stay in its folder. Pack it anew."
        )
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise refuse(f"{name[:80]!r} in the zip is a link or a device. Put the files themselves into it.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse(
            f"{name[:80]!r} in the zip is packed in a rare way. Pack it as other zips are (deflate)."
        )
    if entry.flag_bits & 0x1:
        raise refuse(f"{name[:80]!r} in the zip is encrypted. Pack it without a password.")


def _check_sizes(members: list[zipfile.ZipInfo], max_bytes: int) -> None:
    told_bytes = sum(member.file_size for member in members)
    if told_bytes > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> ShownToUser:
    return refuse(
        f"Unpacked, the zip would have more than {max_bytes // 1024**2} MiB, the most that is taken."
    )


def _names_below(into: Path, members: list[zipfile.ZipInfo]) -> list[Path]:
    paths = [PurePosixPath(member.filename) for member in members]
    outer = {path.parts[0] for path in paths}
    if len(outer) == 1 and all(len(path.parts) > 1 for path in paths):
        paths = [PurePosixPath(*path.parts[1:]) for path in paths]
    if len({str(path).casefold() for path in paths}) < len(paths):
        raise refuse("The zip holds two files of one name. Pack it anew.")
    return [into / path for path in paths]


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left_bytes: int) -> int:
    """The size that a zip tells may be a lie, so what comes out is counted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(member) as source, path.open("xb") as target:
        while chunk := source.read(CHUNK_BYTES):
            written += len(chunk)
            if written > left_bytes:
                raise _too_large(left_bytes)
            target.write(chunk)
    return written
