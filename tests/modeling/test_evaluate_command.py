"""`evaluate` scores stems, its own or those of a manifest, against references and sums up."""

import builtins
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.packaging import write_debug_bundle

RATE_HZ = 8000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    signals = {name: 0.1 * rng.standard_normal(2 * RATE_HZ) for name in ("a", "b")}
    signals["mix"] = signals["a"] + signals["b"]
    # Stems in the other order, with a tenth of the other voice: 20 dB.
    signals["s1"] = signals["b"] + 0.1 * signals["a"]
    signals["s2"] = signals["a"] + 0.1 * signals["b"]
    for name, samples in signals.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE_HZ, subtype="FLOAT")
    write_debug_bundle(tmp_path / "bundle", kind="separator")
    return tmp_path


def evaluate(folder: Path, *rows: dict, options: tuple[str, ...] = ()) -> int:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return main(["evaluate", str(folder / "rows.jsonl"), "--bundle", str(folder / "bundle"), *options])


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


SCORED = {"mixture": "mix.wav", "stems": ["s1.wav", "s2.wav"], "references": ["a.wav", "b.wav"]}


def test_known_stems_get_known_scores_in_the_order_of_the_references(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(folder, SCORED | {"convention": "dry"}) == 0
    row, last = printed(capsys)
    assert [Path(path).name for path in row["stems"]] == ["s2.wav", "s1.wav"]
    assert row["si_snr_db"] == pytest.approx([20.0, 20.0], abs=0.2) and row["convention"] == "dry"
    assert row["si_snri_db"] == pytest.approx([20.0, 20.0], abs=0.3)
    assert row["sdri_db"] == pytest.approx([20.0, 20.0], abs=0.7)
    assert last["summary"]["si_snr_db"]["mean"] == pytest.approx(20.0, abs=0.2)
    assert last["summary"]["si_snr_db"]["ci95"] is None and last["scored"] == 1


def test_a_mixture_without_stems_is_separated_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = {"mixture": "mix.wav", "references": ["a.wav", "b.wav"]}
    assert evaluate(folder, own, options=("--out", str(folder / "out"))) == 0
    row, _ = printed(capsys)
    assert len(row["si_snr_db"]) == 2 and all(Path(path).is_file() for path in row["stems"])


def test_what_cannot_be_scored_is_a_row_with_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(folder / "short.wav", np.ones(100), RATE_HZ)
    wrong_count = SCORED | {"references": ["a.wav"]}
    wrong_length = SCORED | {"references": ["a.wav", "short.wav"]}
    for row, sentence in ((wrong_count, "1 references"), (wrong_length, "lasts 0.013 s")):
        assert evaluate(folder, row) == 1
        failed, last = printed(capsys)
        assert sentence in failed["error"] and last["failed"] == 1 and last["summary"] == {}


def test_references_of_one_mixture_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {name: str(folder / f"{name}.wav") for name in ("mix", "a", "b", "s1", "s2")}
    named = ["--references", files["a"], files["b"], "--stems", files["s1"], files["s2"]]
    assert main(["evaluate", files["mix"], *named]) == 0
    assert printed(capsys)[0]["sdr_db"] == pytest.approx([20.0, 20.0], abs=0.7)


def test_pesq_and_stoi_are_added_where_installed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    perfect = SCORED | {"stems": ["a.wav", "b.wav"]}
    assert evaluate(folder, perfect, options=("--pesq", "--stoi")) == 0
    row, _ = printed(capsys)
    assert row["stoi"] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert all(value is None or value > 4 for value in row["pesq"])


def test_a_missing_package_is_named_with_the_remedy(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import modeling.listening_scores

    def absent(name: str) -> object:
        raise builtins.ImportError(name)

    monkeypatch.setattr(modeling.listening_scores, "import_module", absent)
    assert evaluate(folder, SCORED, options=("--pesq",)) == 2
    assert "pip install -r requirements-metrics.txt" in capsys.readouterr().err


def test_scored_stems_of_one_name_need_no_folders_of_their_own(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "mix.wav").hardlink_to(folder / "mix.wav")
    assert evaluate(folder, SCORED, SCORED | {"mixture": "other/mix.wav"}) == 0


def test_stems_that_are_not_kept_are_not_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(folder, {"mixture": "mix.wav", "references": ["a.wav", "b.wav"]}) == 0
    assert "stems" not in printed(capsys)[0]


def test_a_silent_reference_has_no_scores_and_stays_out_of_the_mean(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(folder / "silent.wav", np.zeros(2 * RATE_HZ), RATE_HZ, subtype="FLOAT")
    alone = {"mixture": "a.wav", "stems": ["s2.wav", "s1.wav"], "references": ["a.wav", "silent.wav"]}
    assert evaluate(folder, alone) == 0
    row, last = printed(capsys)
    assert row["si_snr_db"] == [pytest.approx(20.0, abs=0.2), None]
    assert last["summary"]["sdr_db"]["mean"] == pytest.approx(row["sdr_db"][0])
