"""Levels are what the mathematics says, for signals whose level is known."""

import numpy as np
import pytest

from audio.levels import (
    FLOOR_DBFS,
    active_level_dbfs,
    frame_levels_dbfs,
    noise_floor_dbfs,
    peak_dbfs,
    rms_dbfs,
)

RATE_HZ = 16_000
SINE = np.sin(2 * np.pi * 500 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
NOISE = np.random.default_rng(0).standard_normal(4 * RATE_HZ).astype(np.float32)


def test_a_full_scale_sine_has_minus_3_dbfs() -> None:
    assert rms_dbfs(SINE) == pytest.approx(-3.01, abs=0.01)
    assert peak_dbfs(SINE) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("gain_db", [-60, -20, 6])
def test_a_gain_moves_every_level_by_itself(gain_db: float) -> None:
    scaled = SINE * np.float32(10 ** (gain_db / 20))
    assert rms_dbfs(scaled) - rms_dbfs(SINE) == pytest.approx(gain_db, abs=1e-3)
    assert peak_dbfs(scaled) - peak_dbfs(SINE) == pytest.approx(gain_db, abs=1e-3)


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ, np.float32), np.zeros((0, 2), np.float32)])
def test_silence_and_nothing_sit_on_the_floor(samples: np.ndarray) -> None:
    assert rms_dbfs(samples) == peak_dbfs(samples) == FLOOR_DBFS
    assert noise_floor_dbfs(samples, sample_rate_hz=RATE_HZ) == FLOOR_DBFS
    assert active_level_dbfs(samples, sample_rate_hz=RATE_HZ) == FLOOR_DBFS


def test_the_loudest_channel_counts() -> None:
    both = np.stack([0.1 * SINE, SINE], axis=1)
    assert rms_dbfs(both) == pytest.approx(rms_dbfs(SINE))
    assert frame_levels_dbfs(both, frame_samples=800).max() == pytest.approx(-3.01, abs=0.01)


def test_a_constant_offset_is_in_the_rms_but_in_no_frame() -> None:
    offset = np.full(RATE_HZ, 0.5, np.float32)
    assert rms_dbfs(offset) == pytest.approx(-6.02, abs=0.01)
    assert frame_levels_dbfs(offset, frame_samples=320).max() < -200


def test_the_noise_floor_is_read_between_the_words() -> None:
    hum = NOISE * np.float32(0.001)  # -60 dBFS
    talk = np.where(np.arange(hum.size) % 8_000 < 7_000, NOISE * 0.1, 0).astype(np.float32)
    assert noise_floor_dbfs(hum + talk, sample_rate_hz=RATE_HZ) == pytest.approx(-60, abs=1)


def test_gaps_of_exact_zero_are_no_noise_floor() -> None:
    gated = np.where(np.arange(NOISE.size) % 8_000 < 3_840, NOISE * np.float32(0.01), np.float32(0))
    assert noise_floor_dbfs(gated, sample_rate_hz=RATE_HZ) == pytest.approx(-40, abs=1)


def test_pauses_do_not_lower_the_active_level() -> None:
    talk = np.where(np.arange(NOISE.size) % 8_000 < 4_000, NOISE * 0.1, NOISE * 0.0001).astype(np.float32)
    assert active_level_dbfs(talk, sample_rate_hz=RATE_HZ) == pytest.approx(-20, abs=0.3)
    assert rms_dbfs(talk) == pytest.approx(-23, abs=0.3)
