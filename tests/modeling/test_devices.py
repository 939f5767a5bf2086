"""One device for all: what is linear acts on mixture and references alike, clipping is part of the noise."""

import numpy as np
import pytest
from scipy.signal import sosfreqz

from modeling.data.devices import Device, draw_device, draw_equaliser, filtered, impulse_response
from modeling.data.mixing_config import MixingConfig

RATE_HZ = 8000


@pytest.fixture
def mix_t() -> np.ndarray:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    return (np.sin(2 * np.pi * 440 * time_s) * (time_s > 0.5)).astype(np.float32)


def test_clipping_adds_what_brings_peaks_to_the_limit(mix_t: np.ndarray) -> None:
    added = Device(clip_at=0.5).distortion(mix_t)
    assert added is not None and np.abs(mix_t + added).max() == pytest.approx(0.5, abs=1e-3)
    assert not added[np.abs(mix_t) < 0.49].any()


def test_pumping_turns_loud_passages_down(mix_t: np.ndarray) -> None:
    gain_t = Device(pumping_db=6.0).envelope(mix_t, sample_rate_hz=RATE_HZ)
    assert gain_t is not None and gain_t[-100:].max() < 0.8 < 1.0 < gain_t[3000:3900].min()


def test_lost_packets_are_silent(mix_t: np.ndarray) -> None:
    gain_t = Device(gaps_s=((0.5, 0.02),)).envelope(mix_t, sample_rate_hz=RATE_HZ)
    assert gain_t is not None and not gain_t[4000:4160].any() and gain_t[[3999, 4160]].all()


def test_band_limits_pass_speech_and_stop_the_edges() -> None:
    config = MixingConfig(band_limit_share=1.0)
    for seed in range(20):
        device = draw_device(np.random.default_rng(seed), config=config, sample_rate_hz=RATE_HZ)
        assert device.band is not None
        low, middle, high = np.abs(sosfreqz(device.band, [20.0, 1000.0, 3990.0], fs=RATE_HZ)[1])
        assert low < 0.3 and middle == pytest.approx(1.0, abs=0.1) and high < 0.3


def test_equalisers_colour_by_a_few_decibels_and_differ() -> None:
    frequencies = np.geomspace(60, 3900, 50)
    curves_db = [
        20
        * np.log10(
            np.abs(
                sosfreqz(
                    draw_equaliser(np.random.default_rng(seed), sample_rate_hz=RATE_HZ),
                    frequencies,
                    fs=RATE_HZ,
                )[1]
            )
        )
        for seed in range(20)
    ]
    assert all(np.abs(curve).max() <= 18.5 and np.ptp(curve) > 1.0 for curve in curves_db)
    assert np.ptp([curve[25] for curve in curves_db]) > 2.0


def test_an_impulse_response_filters_as_its_sections_do(mix_t: np.ndarray) -> None:
    equaliser = draw_equaliser(np.random.default_rng(1), sample_rate_hz=RATE_HZ)
    response = impulse_response([equaliser, None], sample_rate_hz=RATE_HZ)
    expected = filtered(mix_t, equaliser)
    np.testing.assert_allclose(np.convolve(mix_t, response)[: len(mix_t)], expected, atol=2e-3)


def test_a_device_without_faults_does_nothing(mix_t: np.ndarray) -> None:
    assert Device().distortion(mix_t) is None and Device().envelope(mix_t, sample_rate_hz=RATE_HZ) is None
    assert filtered(mix_t, None) is mix_t
