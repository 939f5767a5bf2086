"""Each quality flag is raised by its own fault, and a sound take raises none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.flags import QualityFlag, bandwidth_hz, longest_zero_s, quality_flags
from audio.resample import resample
from tests.audio.voices import voice

RATE_HZ = 16_000
HISS = np.random.default_rng(0).standard_normal((6 * RATE_HZ, 1)).astype(np.float32)


def take() -> NDArray[np.float32]:
    """Two voices at once in a quiet room, 0.3 s of room before and after."""
    both = 0.4 * (voice(pitch_hz=110, seed=1) + voice(pitch_hz=205, seed=4)) + 0.002 * HISS[: 4 * RATE_HZ]
    room = 0.002 * HISS[: round(0.3 * RATE_HZ)]
    return np.concatenate([room, both, room])


def flags_of(samples: NDArray[np.float32], sample_rate_hz: int = RATE_HZ) -> dict[str, QualityFlag]:
    return {flag.code: flag for flag in quality_flags(samples, sample_rate_hz=sample_rate_hz)}


def test_a_sound_take_raises_no_flag() -> None:
    assert flags_of(take()) == {}


def test_a_stereo_take_with_one_dead_channel_raises_no_flag() -> None:
    assert flags_of(np.hstack([take(), np.zeros_like(take())])) == {}


def faulty(fault: str) -> NDArray[np.float32]:
    sound = take()
    third = len(sound) // 3
    faults = {
        "low_level": sound * np.float32(0.02),
        "hot_level": sound / np.abs(sound).max(),
        "high_noise_floor": sound + np.float32(0.05) * HISS[: len(sound)],
        "cut_at_start": sound[RATE_HZ // 2 :],
        "cut_at_end": sound[: -RATE_HZ // 2],
        "little_speech": np.concatenate([0.002 * HISS, 0.002 * HISS, sound[: 2 * third]]),
        "constant_offset": sound + np.float32(0.02),
        "narrow_band": resample(resample(sound, from_hz=16_000, to_hz=8_000), from_hz=8_000, to_hz=16_000),
        "digital_silence": np.concatenate([sound[:third], np.zeros((2_000, 1), np.float32), sound[third:]]),
    }
    return faults[fault].astype(np.float32)


FAULTS = [
    ("low_level", "dBFS"),
    ("hot_level", "dBFS"),
    ("high_noise_floor", "dB"),
    ("cut_at_start", "dB"),
    ("cut_at_end", "dB"),
    ("little_speech", "%"),
    ("constant_offset", "%"),
    ("narrow_band", "Hz"),
    ("digital_silence", "s"),
]


@pytest.mark.parametrize(("fault", "unit"), FAULTS)
def test_a_fault_raises_its_own_flag(fault: str, unit: str) -> None:
    flag = flags_of(faulty(fault))[fault]
    assert flag.unit == unit
    assert flag.severity in ("info", "warning")
    assert np.isfinite(flag.value)


@pytest.mark.parametrize(
    "fault", ["low_level", "hot_level", "constant_offset", "narrow_band", "digital_silence"]
)
def test_a_simple_fault_raises_no_other_flag(fault: str) -> None:
    assert list(flags_of(faulty(fault))) == [fault]


def test_a_voice_alone_with_pauses_is_doubted_as_a_guess() -> None:
    alone = (
        voice(pitch_hz=120) * (np.arange(4 * RATE_HZ) % 8_000 < 4_500)[:, None] + 0.0005 * HISS[: 4 * RATE_HZ]
    )
    flag = flags_of(alone.astype(np.float32))["one_voice"]
    assert flag.severity == "info"
    assert "guess" in flag.message


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS])
def test_every_sentence_fits_its_column(fault: str) -> None:
    for flag in flags_of(faulty(fault)).values():
        assert len(flag.message) <= 300
        assert len(flag.unit) <= 12
        assert len(flag.code) <= 40


@pytest.mark.parametrize(("sample_rate_hz", "top_hz"), [(8_000, 4_000), (16_000, 8_000), (48_000, 24_000)])
def test_white_noise_fills_its_whole_band(sample_rate_hz: int, top_hz: int) -> None:
    assert bandwidth_hz(HISS, sample_rate_hz=sample_rate_hz) == pytest.approx(top_hz, abs=250)


def test_the_longest_silence_is_measured_over_all_channels() -> None:
    samples = np.ones((1_000, 2), np.float32)
    samples[100:400, 0] = 0
    samples[200:300, 1] = 0
    samples[990:] = 0
    assert longest_zero_s(samples, sample_rate_hz=1_000) == 0.1


def test_too_little_to_judge_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match=r"0\.1 s"):
        quality_flags(np.zeros((100, 1), np.float32), sample_rate_hz=16_000)
