"""A take that nobody could use is refused at once, with the reason; an honest one passes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.checks import TakeLimits, check_take, clipped_share, gate_checks
from audio.errors import AudioRefused
from tests.audio import riff
from tests.audio.voices import voice

RATE_HZ = 48_000
LIMITS = TakeLimits()
SPOKEN = voice(sample_rate_hz=RATE_HZ)


def refusal_of(samples: NDArray[np.float32], limits: TakeLimits = LIMITS) -> AudioRefused:
    with pytest.raises(AudioRefused) as refusal:
        gate_checks(samples, sample_rate_hz=RATE_HZ, limits=limits)
    return refusal.value


def test_an_honest_take_passes_and_its_facts_come_back() -> None:
    facts = check_take(riff.riff(riff.format_chunk(), riff.chunk(b"data", riff.pcm16(SPOKEN))), limits=LIMITS)
    assert (facts.frames, facts.sample_rate_hz, facts.channels) == (4 * RATE_HZ, RATE_HZ, 1)


@pytest.mark.parametrize(("duration_s", "code"), [(1.99, "too_short"), (60.01, "too_long")])
def test_a_take_outside_the_durations_is_refused(duration_s: float, code: str) -> None:
    refusal = refusal_of(np.resize(SPOKEN, (round(duration_s * RATE_HZ), 1)))
    assert refusal.code == code
    assert f"{duration_s:.2f} s" in refusal.message


@pytest.mark.parametrize("duration_s", [2.0, 60.0])
def test_the_ends_of_the_durations_are_accepted(duration_s: float) -> None:
    gate_checks(np.resize(SPOKEN, (round(duration_s * RATE_HZ), 1)), sample_rate_hz=RATE_HZ, limits=LIMITS)


def test_a_campaign_may_ask_for_other_durations() -> None:
    assert refusal_of(SPOKEN, TakeLimits(min_duration_s=5)).code == "too_short"
    assert refusal_of(SPOKEN, TakeLimits(max_duration_s=3)).code == "too_long"


def quiet_room() -> NDArray[np.float32]:
    return (1e-4 * np.random.default_rng(0).standard_normal((4 * RATE_HZ, 1))).astype(np.float32)


def clicks() -> NDArray[np.float32]:
    samples = quiet_room()
    samples[RATE_HZ::RATE_HZ] = 0.8
    return samples


@pytest.mark.parametrize(
    "samples",
    [np.zeros((4 * RATE_HZ, 2), np.float32), quiet_room(), quiet_room() + np.float32(0.3), clicks()],
    ids=["digital zero", "a quiet room", "a constant offset", "clicks"],
)
def test_silence_is_refused_and_the_microphone_named(samples: NDArray[np.float32]) -> None:
    refusal = refusal_of(samples)
    assert refusal.code == "silent"
    assert "microphone" in refusal.message


@pytest.mark.parametrize("gain_db", [-35, -20, 0, 5])
def test_soft_and_loud_speech_pass(gain_db: float) -> None:
    gate_checks(SPOKEN * np.float32(10 ** (gain_db / 20)), sample_rate_hz=RATE_HZ, limits=LIMITS)


def test_a_stereo_take_with_one_dead_input_passes() -> None:
    gate_checks(np.hstack([np.zeros_like(SPOKEN), SPOKEN]), sample_rate_hz=RATE_HZ, limits=LIMITS)


@pytest.mark.parametrize("dead_channel", [False, True])
def test_an_overdriven_take_is_refused_with_its_share(dead_channel: bool) -> None:
    overdriven = np.clip(SPOKEN * 6, -1, 1)
    samples = np.hstack([np.zeros_like(SPOKEN), overdriven]) if dead_channel else overdriven
    refusal = refusal_of(samples)
    assert refusal.code == "clipped"
    assert f"{100 * clipped_share(samples):.2f} %" in refusal.message


def test_overdrive_is_also_seen_in_16_bit_and_in_floats_beyond_full_scale() -> None:
    assert refusal_of(np.clip(SPOKEN * 6, -1, 32767 / 32768)).code == "clipped"
    assert refusal_of(SPOKEN * 6).code == "clipped"


@pytest.mark.parametrize(("run", "expected"), [(2, 0), (3, 3), (7, 7)])
def test_only_flattened_peaks_count_as_clipped(run: int, expected: int) -> None:
    samples = np.zeros((1_000, 1), np.float32)
    samples[100 : 100 + run] = 1.0
    samples[500:502] = [[1.0], [-1.0]]
    assert clipped_share(samples) == expected / 1_000


def test_samples_that_are_no_numbers_are_refused() -> None:
    samples = SPOKEN.copy()
    samples[99] = np.nan
    assert refusal_of(samples).code == "not_finite"
