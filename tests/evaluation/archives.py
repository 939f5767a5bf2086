"""Zips of bundles for tests, good and bad."""

import io
import zipfile
from pathlib import Path


def zip_of(files: dict[str, bytes]) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    archive.seek(0)
    archive.name = "model.zip"
    return archive


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
