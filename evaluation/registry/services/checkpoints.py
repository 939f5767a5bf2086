"""Take in checkpoints of other toolkits: kept as a zip, converted by a job in a confined child process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from core.jobs import enqueue
from core.storage import object_store
from core.work_folders import work_folder
from evaluation.registry.archives import check, refuse, unpack
from evaluation.registry.models import CheckpointImport, ModelBundle
from evaluation.registry.services.archives import keep_bundle

IMPORT: Final = "registry.import"
MEMORY_BYTES: Final = 6 << 30  # of addresses; PyTorch alone takes two
CPU_S: Final = 300
WALL_S: Final = 600
TORCHAUDIO_SUFFIXES: Final = (".pt", ".pth", ".bin")
REFUSED_STATUS: Final = 2  # of python -m modeling, with a sentence
LONGEST_PROBLEM: Final = 1_000


def ask_import(*, file: BinaryIO, choices: dict[str, Any], actor: User) -> CheckpointImport:
    """Keep the zip and make its job; `choices` are what the form calls them."""
    check(file, max_bytes=settings.MAX_MODEL_BYTES)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    options = {
        name: value for name, value in choices.items() if name not in ("file", "toolkit", "name") and value
    }
    row = CheckpointImport(toolkit=choices["toolkit"], name=choices["name"], options=options, asked_by=actor)
    row.archive_key = f"imports/{row.public_id}.zip"
    file.seek(0)
    object_store().put(key=row.archive_key, data=file, sha256=sha256, content_type="application/zip")
    with transaction.atomic():
        row.save()
        record_action(actor=actor, action="checkpoint.add", subject=f"import:{row.public_id}")
        enqueue(kind=IMPORT, subject_key=str(row.public_id), payload={"import_id": row.pk})
    return row


def convert(*, row: CheckpointImport) -> CheckpointImport:
    """Make a bundle of a waiting one, or note why not; a checkpoint that was dealt with is deleted."""
    if row.state == CheckpointImport.State.WAITING:
        try:
            bundle = _converted(row)
        except ShownToUser as refusal:
            row.state, row.problem = CheckpointImport.State.FAILED, refusal.message[:LONGEST_PROBLEM]
        else:
            row.state, row.bundle = CheckpointImport.State.DONE, bundle
        row.save()
    object_store().delete(row.archive_key)
    return row


def _converted(row: CheckpointImport) -> ModelBundle:
    with work_folder() as folder:
        archive, source = folder / "archive.zip", folder / "sent" / row.name
        object_store().download_to(row.archive_key, archive)
        paths = unpack(archive, into=source, max_bytes=settings.MAX_MODEL_BYTES)
        if row.toolkit == CheckpointImport.Toolkit.TORCHAUDIO:
            source = _only_weights(paths)
        _run_importer(row, source=source, folder=folder)
        return keep_bundle(folder=folder / "bundle", actor=row.asked_by)[0]


def _only_weights(paths: list[Path]) -> Path:
    found = [path for path in paths if path.suffix in TORCHAUDIO_SUFFIXES]
    if len(found) != 1:
        raise refuse(f"The zip holds {len(found)} files of weights (.pt, .pth, .bin); torchaudio's is one.")
    return found[0]


def _run_importer(row: CheckpointImport, *, source: Path, folder: Path) -> None:
    limits = [str(MEMORY_BYTES), str(CPU_S), str(2 * settings.MAX_MODEL_BYTES)]
    # A relative source: the card names it. -P: nothing in that folder can be taken for a Python module.
    command = [sys.executable, "-P", "-m", "modeling.importing.confined", *limits]
    command += [str(source.relative_to(folder / "sent")), f"--out={folder / 'bundle'}", *_options(row)]
    try:
        done = subprocess.run(
            command,
            cwd=folder / "sent",
            env={"PATH": os.defpath, "PYTHONPATH": str(settings.BASE_DIR), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise refuse(f"The importer did not end within {WALL_S} s. Is this one checkpoint?") from error
    if done.returncode != 0:
        raise refuse(_sentence_of(done, folder))


def _sentence_of(done: subprocess.CompletedProcess[bytes], folder: Path) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode == REFUSED_STATUS and lines:
        return lines[-1].removeprefix("error: ").replace(f"{folder}/", "").replace("\0", "")
    return (
        f"The importer ended without a bundle (status {done.returncode}): the checkpoint needs more than "
        f"{MEMORY_BYTES >> 30} GiB of memory or {CPU_S} s, or its files are damaged. "
        "An operator can convert it with python -m modeling import."
    )


def _options(row: CheckpointImport) -> list[str]:
    told = row.options
    options = [f"--from={row.toolkit}", f"--name={row.name}"]
    names = {"target_convention": "convention", "training_data": "training-data", "member": "member"}
    options += [f"--{option}={told[name]}" for name, option in names.items() if name in told]
    if "sample_rate_hz" in told:
        options.append(f"--sample-rate-hz={told['sample_rate_hz']}")
    return options + [f"--set={setting}" for setting in told.get("settings", [])]
