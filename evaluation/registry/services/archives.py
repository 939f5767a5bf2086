"""Keep a bundle that a person brought as a zip in the object store, and unpack it on the machine that runs it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import Broken
from core.storage import object_store
from core.work_folders import work_folder
from evaluation.registry.archives import pack_bundle, refuse, refuse_other_files, unpack
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import facts_of
from modeling.bundles import METADATA_NAME, Bundle, read_bundle
from modeling.errors import ModelingError

LARGEST_WHOLE_NUMBER = {"sample_rate_hz": 768_000, "num_sources": 64}


def add_bundle(*, file: IO[bytes], actor: User) -> tuple[ModelBundle, bool]:
    """Check the zip of a bundle and register it; the row, and whether it is new. Raises ShownToUser."""
    with work_folder() as folder:
        paths = unpack(file, into=folder, max_bytes=settings.MAX_MODEL_BYTES)
        refuse_other_files(paths, folder=folder)
        return keep_bundle(folder=folder, actor=actor)


def keep_bundle(*, folder: Path, actor: User | None) -> tuple[ModelBundle, bool]:
    """Register a folder that will be deleted; it is put in use by a person, never by its arrival."""
    bundle = _checked(folder)
    known = ModelBundle.objects.filter(digest=bundle.digest).first()
    if known is not None and known.is_installed:
        return known, False
    key, sha256 = _store(folder)
    facts = facts_of(bundle) | {"location": "", "archive_key": key, "archive_sha256": sha256}
    with transaction.atomic():
        row, is_new = ModelBundle.objects.update_or_create(digest=bundle.digest, defaults=facts)
        record_action(
            actor=actor, action="bundle.add", subject=f"bundle:{row.digest}", details={"name": row.name}
        )
    return row, is_new


def unpacked_folder(bundle: ModelBundle) -> Path:
    """The folder of a bundle, unpacked here at its first use on this machine."""
    folder = bundle.folder
    if not bundle.archive_key or (folder / METADATA_NAME).is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as aside_name:
        aside = Path(aside_name)
        _fetch(bundle, aside / "archive.zip")
        unpack(aside / "archive.zip", into=aside / "bundle", max_bytes=settings.MAX_MODEL_BYTES)
        try:
            (aside / "bundle").rename(folder)
        except OSError:
            # Another worker of this machine was faster; what lies there now is whole, as renames are.
            if not (folder / METADATA_NAME).is_file():
                raise
    return folder


def _checked(folder: Path) -> Bundle:
    try:
        bundle = read_bundle(folder)
        described = (folder / METADATA_NAME).read_text(encoding="utf-8")
        json.loads(described, parse_constant=_no_such_number)
    except (ModelingError, ValueError) as error:
        # The folder is ours and temporary: its name means nothing to the person.
        raise refuse(str(error).replace(f" {folder}", "")) from error
    if "\\u0000" in described or "\0" in bundle.card:
        raise refuse("The bundle holds a NUL character in its texts. Take it out and pack it again.")
    _check_columns(bundle)
    return bundle


def _no_such_number(name: str) -> Any:
    raise ValueError(f"{METADATA_NAME} holds {name}, which is no number that JSON knows. Write null instead.")


def _check_columns(bundle: Bundle) -> None:
    if not 1 <= len(bundle.name) <= 80:
        raise refuse(f'"name" has {len(bundle.name)} characters; give it 1 to 80.')
    for name, most in LARGEST_WHOLE_NUMBER.items():
        value = getattr(bundle, name) or 1
        if value > most:
            raise refuse(f'"{name}" is {value}; at most {most} can be.')


def _store(folder: Path) -> tuple[str, str]:
    with tempfile.TemporaryFile() as archive:
        pack_bundle(folder, archive)
        archive.seek(0)
        sha256 = hashlib.file_digest(archive, "sha256").hexdigest()
        archive.seek(0)
        key = f"bundles/{sha256}.zip"
        object_store().put(key=key, data=archive, sha256=sha256, content_type="application/zip")
    return key, sha256


def _fetch(bundle: ModelBundle, path: Path) -> None:
    object_store().download_to(bundle.archive_key, path)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != bundle.archive_sha256:
        raise Broken(
            f"The stored zip of {bundle} has SHA-256 {found[:12]}..., the registry says "
            f"{bundle.archive_sha256[:12]}...: bring the bundle again."
        )
