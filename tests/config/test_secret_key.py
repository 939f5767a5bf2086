"""The key of a one-machine platform is made once, whole, and for its owner only."""

import os
import stat
from pathlib import Path

import pytest

from config.settings import read_or_create_secret


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    key = read_or_create_secret(path)
    assert len(key) == 64 and read_or_create_secret(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_processes_that_make_it_at_once_both_use_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret_key"

    def link_late(aside: Path, target: Path) -> None:
        path.write_text("made by another process")
        raise FileExistsError(target)

    monkeypatch.setattr(os, "link", link_late)
    assert read_or_create_secret(path) == "made by another process"
