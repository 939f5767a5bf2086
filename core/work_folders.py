"""Folders for sounds in work, named after their process: what a killed one left behind can be found and deleted.

A voice that was withdrawn must not stay in a folder that no row names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "realm-work-"


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder of this process, deleted at the end."""
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def clear_left_folders() -> int:
    """Delete the folders of processes that are gone; returns how many. For the start of a worker."""
    left = [folder for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if not _has_owner(folder)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)  # another user's cannot be deleted, nor need it be
    return len(left)


def _has_owner(folder: Path) -> bool:
    process_id = folder.name.removeprefix(PREFIX).partition("-")[0]
    if not process_id.isdecimal():
        return True
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
