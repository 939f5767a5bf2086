"""`separate` takes files, folders and manifests, goes on after a bad file and never overwrites unasked."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.bundles import SEPARATORS
from modeling.packaging import write_debug_bundle

RATE_HZ = 16_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for name in ("one.wav", "two.FLAC", "three.ogg"):
        soundfile.write(tmp_path / "in" / name, 0.1 * rng.standard_normal(RATE_HZ), RATE_HZ)
    (tmp_path / "in" / "notes.txt").write_text("no audio")
    write_debug_bundle(tmp_path / "bundle", kind="separator")
    return tmp_path


def separate(folder: Path, *more: str) -> int:
    return main(["separate", *more, "--out", str(folder / "out"), "--bundle", str(folder / "bundle")])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_gives_one_row_an_audio_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert separate(folder, str(folder / "in")) == 0
    printed = rows(capsys)
    assert [Path(row["mixture"]).name for row in printed] == ["one.wav", "three.ogg", "two.FLAC"]
    assert all(soundfile.info(path).samplerate == 8000 for row in printed for path in row["stems"])


def test_the_rate_of_the_mixture_can_be_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert separate(folder, str(folder / "in" / "one.wav"), "--rate", "keep") == 0
    (row,) = rows(capsys)
    assert row["sample_rate_hz"] == RATE_HZ
    assert [soundfile.info(path).frames for path in row["stems"]] == [RATE_HZ, RATE_HZ]


def test_mixture_consistency_makes_the_stems_add_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixture = folder / "in" / "one.wav"
    soundfile.write(mixture, 0.1 * np.random.default_rng(1).standard_normal(8000), 8000)
    assert separate(folder, str(mixture), "--mixture-consistency") == 0
    (row,) = rows(capsys)
    stems = [soundfile.read(path)[0] for path in row["stems"]]
    np.testing.assert_allclose(sum(stems), soundfile.read(mixture)[0], atol=2e-4)


def test_after_a_bad_file_the_rest_is_separated_and_the_status_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = folder / "rows.jsonl"
    manifest.write_text('{"mixture": "none.wav"}\n{"mixture": "in/notes.txt"}\n{"mixture": "in/one.wav"}\n')
    assert separate(folder, str(manifest)) == 1
    missing, undecodable, good = rows(capsys)
    assert "There is no audio file" in missing["error"] and missing["kind"] == "user"
    assert "cannot be decoded" in undecodable["error"] and len(good["stems"]) == 2


def test_stems_are_replaced_only_with_overwrite(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixture = str(folder / "in" / "one.wav")
    assert separate(folder, mixture) == 0
    before = (folder / "out" / "one_stem1.flac").stat().st_mtime_ns
    assert separate(folder, mixture) == 1
    assert "--overwrite" in rows(capsys)[-1]["error"]
    assert (folder / "out" / "one_stem1.flac").stat().st_mtime_ns == before
    assert separate(folder, mixture, "--overwrite") == 0


def test_the_lines_are_a_manifest_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"mixture": "in/one.wav", "references": ["in/one.wav", "in/two.FLAC"], "convention": "dry"}
    (folder / "rows.jsonl").write_text(json.dumps(row))
    assert separate(folder, "--manifest", str(folder / "rows.jsonl")) == 0
    (printed,) = rows(capsys)
    assert printed["convention"] == "dry" and len(printed["references"]) == len(printed["stems"]) == 2


def test_the_lines_are_a_manifest_wherever_they_are_saved(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_debug_bundle(folder / "estimator", kind="estimator")
    row = {"mixture": "in/one.wav", "references": ["in/one.wav", "in/two.FLAC"]}
    (folder / "rows.jsonl").write_text(json.dumps(row))
    monkeypatch.chdir(folder)
    assert main(["separate", "rows.jsonl", "--out", "out", "--bundle", "bundle"]) == 0
    (folder / "x").mkdir()
    (folder / "x" / "sep.jsonl").write_text(capsys.readouterr().out)
    monkeypatch.chdir(folder / "in")
    assert main(["evaluate", "../x/sep.jsonl"]) == 0
    assert main(["estimate", "../x/sep.jsonl", "--bundle", "../estimator"]) == 0
    scored, summary, estimated = rows(capsys)
    assert summary["scored"] == 1 and scored["stems"] and len(estimated["si_snr_db"]) == 2


def test_a_folder_without_audio_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    assert separate(folder, str(folder / "empty")) == 2
    assert "holds no audio files" in capsys.readouterr().err


def test_the_number_of_voices_picks_the_shipped_separator(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = str(folder / "in" / "one.wav")
    assert main(["separate", mixture, "--sources", "3", "--out", str(folder / "out")]) == 0
    (row,) = rows(capsys)
    assert len(row["stems"]) == 3 and row["bundle"] == SEPARATORS[3]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--sources", "4"], "No separator of 4 voices is shipped, only of 2 or 3"),
        (["--sources", "3", "--bundle", SEPARATORS[2]], f"the bundle {SEPARATORS[2]} separates 2 voices"),
    ],
)
def test_a_number_of_voices_that_no_bundle_has_is_refused(
    more: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["separate", str(folder / "in" / "one.wav"), *more, "--out", str(folder / "out")]) == 2
    assert sentence in capsys.readouterr().err
