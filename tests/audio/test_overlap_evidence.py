"""The evidence for two voices moves the right way when the truth is constructed."""

import numpy as np
import pytest

from audio.voices import overlap_evidence, remainder_after_cancelling
from tests.audio.voices import voice

RATE_HZ = 16_000


def tone(hz: float) -> np.ndarray:
    phase = 2 * np.pi * hz * np.arange(480) / 8_000
    return sum(np.sin(k * phase) / k for k in range(1, 8))[None]


@pytest.mark.parametrize("hz", [80, 100, 125, 160, 200, 250, 320])
def test_one_voice_is_cancelled_by_its_own_period(hz: float) -> None:
    assert remainder_after_cancelling(tone(hz))[0] < 0.02


@pytest.mark.parametrize("hz", [(100, 160), (125, 200), (80, 250)])
def test_a_second_voice_remains(hz: tuple[float, float]) -> None:
    assert remainder_after_cancelling(tone(hz[0]) + tone(hz[1]))[0] > 0.05


def test_noise_remains_whole() -> None:
    noise = np.random.default_rng(0).standard_normal((50, 480))
    assert 0.5 < remainder_after_cancelling(noise).mean() <= 1


def test_two_voices_at_once_give_more_evidence_than_one_or_one_after_the_other() -> None:
    first, second = voice(pitch_hz=110, seed=1), voice(pitch_hz=205, seed=4)
    both = overlap_evidence(first + second, sample_rate_hz=RATE_HZ)
    assert both > overlap_evidence(first, sample_rate_hz=RATE_HZ) + 0.02
    gap = np.zeros((RATE_HZ, 1), np.float32)
    assert both > overlap_evidence(np.concatenate([first, gap, second]), sample_rate_hz=RATE_HZ) + 0.02


def test_room_before_and_after_the_voices_changes_nothing() -> None:
    spoken = voice(pitch_hz=110)
    room = (1e-5 * np.random.default_rng(0).standard_normal((RATE_HZ, 1))).astype(np.float32)
    padded = overlap_evidence(np.concatenate([room, spoken, room]), sample_rate_hz=RATE_HZ)
    assert padded == pytest.approx(overlap_evidence(spoken, sample_rate_hz=RATE_HZ), abs=0.02)


@pytest.mark.parametrize("frames", [1, 100, 16_000])
def test_silence_is_no_evidence(frames: int) -> None:
    assert overlap_evidence(np.zeros((frames, 1), np.float32), sample_rate_hz=RATE_HZ) == 0
