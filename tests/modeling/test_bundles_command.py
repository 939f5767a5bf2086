"""`bundles list` and `bundles show` say which models there are and what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modeling.__main__ import main
from modeling.bundles import list_shipped_bundles, shipped_bundle
from modeling.packaging import write_debug_bundle


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_shipped_bundles_are_listed_with_the_defaults_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundles", "list"]) == 0
    listed = printed(capsys)
    assert [row["bundle"] for row in listed] == [folder.name for folder in list_shipped_bundles()]
    assert shipped_bundle("separator").name in [row["bundle"] for row in listed if row["is_default"]]


def test_one_bundle_is_shown_by_its_name_or_folder(capsys: pytest.CaptureFixture[str]) -> None:
    bundle = shipped_bundle("separator")
    assert main(["bundles", "show", bundle.name]) == main(["bundles", "show", str(bundle.path)]) == 0
    by_name, by_folder = printed(capsys)
    assert by_name == by_folder
    assert by_name["digest"] == bundle.digest and by_name["config"]["num_sources"] == bundle.num_sources


def test_a_damaged_bundle_of_a_folder_is_a_line_with_its_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_debug_bundle(tmp_path / "whole", kind="separator")
    write_debug_bundle(tmp_path / "damaged", kind="estimator")
    (tmp_path / "damaged" / "model.safetensors").write_bytes(b"")
    assert main(["bundles", "list", str(tmp_path)]) == 1
    damaged, whole = printed(capsys)
    assert "install it again" in str(damaged["error"]) and whole["kind"] == "separator"


def test_no_bundle_is_refused_with_the_names_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundles", "show", "nothing"]) == 2 == main(["bundles", "list", str(tmp_path)])
    refusals = capsys.readouterr().err
    assert shipped_bundle("estimator").name in refusals and "no model bundle in the folders of" in refusals
