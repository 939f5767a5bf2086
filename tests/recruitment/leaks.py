"""Looking for planted ids in everything that is written: whole databases, files, pages, in every encoding used."""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from django.db import connection


def encodings_of(planted: str) -> set[bytes]:
    """Plain, other case, hex, UTF-16, percent-encoded, and base64 wherever the id may stand in a longer text."""
    plain = planted.encode()
    found = {plain, plain.upper(), plain.lower(), plain.hex().encode(), planted.encode("utf-16-le")}
    found |= {quote(planted, safe="").encode(), "".join(f"%{byte:02X}" for byte in plain).encode()}
    for shift in range(3):
        # The first and last symbols of each alignment depend on the neighbours, so they are left out.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-2])
    return found


def hits(planted: Iterable[str], *, where: bytes) -> list[str]:
    return [f"{word}: {code!r}" for word in planted for code in encodings_of(word) if code in where]


def whole_database() -> bytes:
    """Every byte of the database as its own tools write it: on SQLite the file too, with what lies in free pages."""
    return b"\n".join(sqlite_parts() if connection.vendor == "sqlite" else [postgres_dump()])


def sqlite_parts() -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(str(connection.settings_dict["NAME"]))
    for part in (path, path.with_name(f"{path.name}-wal")):
        if part.exists():
            yield part.read_bytes()
    with sqlite3.connect(path) as database:
        yield "\n".join(database.iterdump()).encode()


def postgres_dump() -> bytes:
    chosen = connection.settings_dict
    where = ["--host", chosen["HOST"], "--port", str(chosen["PORT"]), "--username", chosen["USER"]]
    environment = {**os.environ, "PGPASSWORD": chosen["PASSWORD"] or ""}
    dump = subprocess.run(
        ["pg_dump", *where, "--dbname", str(chosen["NAME"])], capture_output=True, env=environment, check=True
    )
    return dump.stdout


def all_files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
