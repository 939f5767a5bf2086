"""`estimate` finds the stems that `separate` wrote, in one folder or two, and draws the curve of every second."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.errors import InputRefused
from modeling.packaging import write_debug_bundle
from modeling.stem_names import find_stems

RATE_HZ = 8000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two mixtures of 3 s, each with its two stems beside it, and a bundle apart."""
    rng = np.random.default_rng(0)
    takes = tmp_path / "takes"
    takes.mkdir()
    for name in ("a", "b"):
        stems = 0.1 * rng.standard_normal((2, 3 * RATE_HZ))
        soundfile.write(takes / f"{name}.wav", stems.sum(0), RATE_HZ)
        for number, stem in enumerate(stems, start=1):
            soundfile.write(takes / f"{name}_stem{number}.flac", stem, RATE_HZ)
    write_debug_bundle(tmp_path / "bundle", kind="estimator")
    return takes


def estimated(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    bundle = str(folder.parent / "bundle")
    assert main(["estimate", *arguments, "--bundle", bundle]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def names(row: dict[str, Any]) -> tuple[str, list[str]]:
    return Path(row["mixture"]).name, [Path(stem).name for stem in row["stems"]]


BOTH = [("a.wav", ["a_stem1.flac", "a_stem2.flac"]), ("b.wav", ["b_stem1.flac", "b_stem2.flac"])]


def test_a_folder_of_mixtures_with_their_stems_is_estimated(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [names(row) for row in estimated(folder, capsys, str(folder))] == BOTH


def test_stems_may_lie_in_a_folder_of_their_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stems = folder.parent / "stems"
    stems.mkdir()
    for path in folder.glob("*.flac"):
        shutil.move(path, stems / path.name)
    assert [names(row) for row in estimated(folder, capsys, str(folder), "--stems", str(stems))] == BOTH


def test_a_mixture_without_stems_or_with_too_many_is_a_line_with_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(folder / "a.wav", folder / "alone.wav")
    shutil.copy(folder / "b_stem1.flac", folder / "b_stem1.wav")
    assert main(["estimate", str(folder), "--bundle", str(folder.parent / "bundle")]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [("error" in row) for row in rows] == [False, True, True]


def test_stems_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in range(1, 12):
        (tmp_path / f"a_stem{number}.flac").touch()
    (tmp_path / "a_b_stem1.flac").touch()
    found = find_stems(Path("a.wav"), folder=tmp_path)
    assert [path.name for path in found] == [f"a_stem{number}.flac" for number in range(1, 12)]


@pytest.mark.parametrize(
    ("extra", "sentence"), [("a_stem1.wav", "both stem 1"), ("a_stem4.flac", "Stem 3 of a.wav is missing")]
)
def test_stems_that_are_given_twice_or_missing_are_refused(folder: Path, extra: str, sentence: str) -> None:
    shutil.copy(folder / "a_stem1.flac", folder / extra)
    with pytest.raises(InputRefused, match=sentence):
        find_stems(Path("a.wav"), folder=folder)


def test_a_curve_has_one_figure_a_second_for_each_stem(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = estimated(folder, capsys, str(folder / "a.wav"), "--curve")[0]
    assert [len(curve) for curve in row["curve_db"]] == [3, 3]
    # A recording shorter than the window is one window: every second is the whole.
    for curve, whole_db in zip(row["curve_db"], row["si_snr_db"], strict=True):
        assert curve == pytest.approx([whole_db] * 3, abs=0.01)


def test_without_the_switch_there_is_no_curve(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert all("curve_db" not in row for row in estimated(folder, capsys, str(folder)))
