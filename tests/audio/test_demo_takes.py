"""The demo takes and the browser fixture that ship are what their descriptions say."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from audio.checks import TakeLimits, check_take, gate_checks
from audio.demo_takes import FIXTURE, RATE_HZ, TAKES, build_mixture
from audio.files import encode_flac, read_audio
from tests.audio.voices import voice

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "collection" / "demo"
ROWS = [json.loads(line) for line in (DEMO / "demo.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_demo_take_is_described_whole_and_passes_the_gate(row: dict[str, object]) -> None:
    data = (DEMO / str(row["file"])).read_bytes()
    waveform = read_audio(DEMO / str(row["file"]), max_duration_s=60)
    gate_checks(waveform.samples, sample_rate_hz=waveform.sample_rate_hz, limits=TakeLimits())
    assert hashlib.sha256(data).hexdigest() == row["sha256"]
    assert waveform.duration_s == row["duration_s"]
    assert row["label"] == "constructed"
    assert "LibriSpeech" in str(row["attribution"])


def test_there_is_one_good_example_and_two_bad_ones_with_reasons() -> None:
    examples = [row["example"] for row in ROWS if row["example"]]
    assert sorted(examples) == ["bad", "bad", "good"]
    assert all(row["reason"].endswith(".") for row in ROWS if row["example"])


def test_all_demo_files_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 1_000_000


def test_the_browser_fixture_is_an_honest_44_1_khz_take() -> None:
    data = (ROOT / "tests" / "fixtures" / "overlapped-mixture-44100.wav").read_bytes()
    facts = check_take(data, limits=TakeLimits())
    assert (facts.sample_rate_hz, facts.channels, facts.sample_format) == (44_100, 1, "pcm16")
    assert 5 <= facts.duration_s <= 6


def test_no_speaker_is_heard_in_two_takes() -> None:
    speakers = [voice.utterance.split("-")[0] for take in (*TAKES, FIXTURE) for voice in take.voices]
    assert len(speakers) == len(set(speakers))


def test_a_mixture_is_the_sum_of_its_voices_at_their_levels(tmp_path: Path) -> None:
    take = TAKES[4]  # 20 dB apart, no room
    for part, pitch_hz in zip(take.voices, (200, 110), strict=True):
        path = tmp_path / part.path
        path.parent.mkdir(parents=True)
        path.write_bytes(encode_flac(voice(pitch_hz=pitch_hz), sample_rate_hz=RATE_HZ, bits_per_sample=24))
    mixture = build_mixture(take, corpus=tmp_path)[:, 0]
    loud, quiet = (voice(pitch_hz=pitch_hz)[:, 0] for pitch_hz in (200, 110))
    start = round(take.voices[1].start_s * RATE_HZ)
    sources = np.zeros((len(mixture), 2))
    sources[: len(loud), 0], sources[start : start + len(quiet), 1] = loud, quiet
    gains, residual, *_ = np.linalg.lstsq(sources, mixture, rcond=None)
    assert residual[0] < 1e-6
    assert 20 * np.log10(gains[0] / gains[1]) == pytest.approx(20, abs=1)
