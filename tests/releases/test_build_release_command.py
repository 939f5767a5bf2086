"""manage.py build_release, as an operator types it."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from collection.models import Campaign
from releases.models import Release
from tests.releases.made import make_accepted

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("build_release", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_writes_folder_and_archive_and_counts_on_stderr(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    out, err = command("--campaign", "demo", "--out", str(tmp_path / "new"))
    assert (tmp_path / "new" / "demo-0.1.0" / "manifest.csv").is_file()
    assert (tmp_path / "new" / "demo-0.1.0.tar.gz").is_file()
    assert "1 recordings" in out and "2 of 2 sounds written" in err


def test_the_version_can_be_given(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    command("--campaign=demo", f"--out={tmp_path}", "--version=1.2.3")
    assert (tmp_path / "demo-1.2.3").is_dir()


def test_the_next_version_follows_what_was_published(campaign: Campaign, tmp_path: Path) -> None:
    make_accepted(campaign=campaign)
    Release.objects.create(campaign=campaign, version="0.9.4", state="ready")
    command("--campaign", "demo", "--out", str(tmp_path))
    assert (tmp_path / "demo-0.10.0").is_dir()


def test_an_unknown_campaign_names_the_known_ones(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no campaign 'dmeo'; the campaigns are: demo"):
        command("--campaign", "dmeo", "--out", str(tmp_path))


def test_a_refusal_is_a_sentence_not_a_traceback(campaign: Campaign, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Please review its recordings first"):
        command("--campaign", "demo", "--out", str(tmp_path))


def test_a_folder_that_cannot_be_made_is_named(campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="file/out cannot be written: Not a directory"):
        command("--campaign", "demo", "--out", str(tmp_path / "file" / "out"))


def test_the_command_line_takes_version_as_that_of_the_release(tmp_path: Path) -> None:
    environment = {**os.environ, "REALM_DATA_DIR": str(tmp_path)}
    line = [sys.executable, "manage.py", "build_release", "--help"]
    answer = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert "--version X.Y.Z" in answer.stdout
