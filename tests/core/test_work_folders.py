"""Sounds in work do not outlive the process that worked on them."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core.work_folders import PREFIX, clear_left_folders, work_folder


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_folder_goes_with_its_work() -> None:
    with work_folder() as folder:
        (folder / "mixture.wav").write_bytes(b"RIFF")
    assert not folder.exists()


def test_folders_of_dead_processes_are_cleared_and_those_in_use_stay(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, other = tmp_path / f"{PREFIX}{dead.pid}-abc", tmp_path / "realm-benchmark-1"
    for folder in (left, other):
        folder.mkdir()
        (folder / "mixture.wav").write_bytes(b"RIFF")
    with work_folder() as mine:
        assert clear_left_folders() == 1
        assert sorted(tmp_path.iterdir()) == sorted([mine, other])
