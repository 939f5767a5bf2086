"""Level rules: ranges at the microphone, and the recipes of LibriMix and WHAM!."""

import numpy as np
import pytest

from modeling.data.levels import gain_to, noise_gain, peak_gain, voice_gains
from modeling.data.mixing_config import MixingConfig

LIBRIMIX, WHAM = MixingConfig(level_rule="librimix"), MixingConfig(level_rule="wham")


@pytest.fixture
def voices_ct() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((3, 4000)).astype(np.float32) * [[0.1], [0.02], [0.3]]


def test_no_voice_is_farther_from_the_first_than_the_range(voices_ct: np.ndarray) -> None:
    for seed in range(50):
        gains = voice_gains(np.random.default_rng(seed), voices_ct, config=MixingConfig())
        power_db = 10 * np.log10(np.square(voices_ct * gains[:, None]).mean(axis=1))
        assert np.abs(power_db - power_db[0]).max() <= 5.001


def test_a_pause_is_not_raised_to_speech() -> None:
    voices_ct = np.stack([np.full(100, 0.1), np.full(100, 1e-5)]).astype(np.float32)
    gains = voice_gains(np.random.default_rng(0), voices_ct, config=MixingConfig(sir_range_db=0.0))
    assert 20 * np.log10(gains[1] * 1e-5) < -60


def test_librimix_draws_loudness_and_tames_peaks(voices_ct: np.ndarray) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        gains_db = 20 * np.log10(voice_gains(rng, voices_ct, config=LIBRIMIX))
        assert gains_db.min() >= -8.001 and gains_db.max() <= 0.001
        loud = voice_gains(rng, voices_ct * 100, config=LIBRIMIX)
        np.testing.assert_allclose(np.abs(voices_ct * 100 * loud[:, None]).max(axis=1), 0.9, rtol=1e-5)
        noise_db = 20 * np.log10(
            noise_gain(rng, voices_ct[0], voices_ct=voices_ct, noise_lufs=-20.0, config=LIBRIMIX)
        )
        assert -18.001 <= noise_db <= -9.999


def test_wham_draws_mean_amplitudes_around_its_means(voices_ct: np.ndarray) -> None:
    levels_db = []
    for seed in range(400):
        gains = voice_gains(np.random.default_rng(seed), voices_ct, config=WHAM)
        levels_db.append(20 * np.log10(np.abs(voices_ct * gains[:, None]).mean(axis=1)))
    first, second = np.array(levels_db)[:, 0], np.array(levels_db)[:, 1]
    assert first.mean() == pytest.approx(-27.43, abs=0.5) and first.std() == pytest.approx(2.57, abs=0.4)
    assert (second - first).mean() == pytest.approx(-2.51, abs=0.5)


def test_peaks_are_scaled_as_the_rule_says() -> None:
    soft, loud = np.full(10, 0.3, dtype=np.float32), np.full(10, 1.8, dtype=np.float32)
    assert [float(peak_gain(mix, config=WHAM)) for mix in (soft, loud)] == pytest.approx([3.0, 0.5])
    assert [float(peak_gain(mix, config=LIBRIMIX)) for mix in (soft, loud)] == pytest.approx([1.0, 0.5])
    assert peak_gain(loud, config=MixingConfig()) == 1.0


def test_a_silent_mixture_gets_finite_gains() -> None:
    silence = np.zeros((2, 100), dtype=np.float32)
    for config in (MixingConfig(), LIBRIMIX, WHAM):
        assert np.isfinite(
            silence * voice_gains(np.random.default_rng(0), silence, config=config)[:, None]
        ).all()
    assert np.isfinite(gain_to(silence[0], beneath=silence[1], ratio_db=10.0))
