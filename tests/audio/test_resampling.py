"""Resampling keeps time, level and the promised length."""

import numpy as np
import pytest

from audio.resample import resample, resampled_length

RATES = [(44_100, 16_000), (48_000, 16_000), (48_000, 8_000), (16_000, 44_100), (96_000, 8_000)]


def tone(sample_rate_hz: int, *, hz: float, frames: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(frames) / sample_rate_hz)).astype(np.float32)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_tone_stays_where_it_was(from_hz: int, to_hz: int) -> None:
    resampled = resample(tone(from_hz, hz=997, frames=from_hz), from_hz=from_hz, to_hz=to_hz)
    expected = tone(to_hz, hz=997, frames=to_hz)
    inner = slice(to_hz // 10, -to_hz // 10)  # the edges ring where the tone starts from nothing
    assert np.abs(resampled - expected)[inner].max() < 1e-4


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_an_impulse_keeps_its_moment(from_hz: int, to_hz: int) -> None:
    impulse = np.zeros(from_hz, dtype=np.float32)
    impulse[from_hz // 2] = 1.0
    assert np.argmax(np.abs(resample(impulse, from_hz=from_hz, to_hz=to_hz))) == to_hz // 2


@pytest.mark.parametrize("frames", [0, 1, 2, 5, 441, 12_345])
@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_the_length_is_the_one_promised(frames: int, from_hz: int, to_hz: int) -> None:
    samples = np.ones((frames, 2), dtype=np.float32)
    resampled = resample(samples, from_hz=from_hz, to_hz=to_hz)
    assert resampled.shape == (resampled_length(frames, from_hz=from_hz, to_hz=to_hz), 2)
    assert resampled.dtype == np.float32


def test_halves_round_up() -> None:
    assert [resampled_length(n, from_hz=48_000, to_hz=16_000) for n in (1, 2, 3, 4, 5)] == [0, 1, 1, 1, 2]
    assert resampled_length(1, from_hz=16_000, to_hz=8_000) == 1


def test_what_the_lower_rate_cannot_hold_is_filtered_out() -> None:
    hiss = resample(tone(48_000, hz=6_000, frames=48_000), from_hz=48_000, to_hz=8_000)
    assert np.abs(hiss[800:-800]).max() < 1e-5


def test_equal_rates_change_nothing() -> None:
    samples = tone(16_000, hz=440, frames=100)
    assert resample(samples, from_hz=16_000, to_hz=16_000) is samples


def test_a_rate_of_nothing_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="at least 1 Hz"):
        resample(np.zeros(10, np.float32), from_hz=0, to_hz=8_000)
