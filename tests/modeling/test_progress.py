"""One long recording shows how far it is on a terminal, and nothing where standard error is none."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.__main__ import main
from modeling.data.bank import load_clips
from modeling.packaging import write_debug_bundle

RATE_HZ = 8000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(folder: Path, *, duration_s: int) -> None:
    """Separate and estimate noise with random weights."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(duration_s * RATE_HZ)
    soundfile.write(folder / "talk.wav", noise, RATE_HZ)
    for kind in ("separator", "estimator"):
        write_debug_bundle(folder / kind, kind=kind)
    bundles = [["--bundle", str(folder / kind)] for kind in ("separator", "estimator")]
    mixture = str(folder / "talk.wav")
    assert main(["separate", mixture, "--out", str(folder), *bundles[0]]) == 0
    assert main(["estimate", mixture, "--stems", mixture, *bundles[1]]) == 0


def test_a_long_file_shows_its_seconds_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(tmp_path, duration_s=40)
    assert "talk.wav:" in terminal.getvalue() and "estimating:" in terminal.getvalue()
    assert "/40 [" in terminal.getvalue()


def test_a_short_file_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(tmp_path, duration_s=1)
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_standard_error_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work(tmp_path, duration_s=40)
    assert capsys.readouterr().err == ""


def test_decoding_a_corpus_shows_nothing_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_clips([], corpus=tmp_path, sample_rate_hz=RATE_HZ, speeds_percent=[100]) == []
    assert capsys.readouterr().err == ""
