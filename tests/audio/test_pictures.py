"""Pictures show what is in the recording, at the place their axes say, and never change by themselves."""

import io

import numpy as np
import pytest
from PIL import Image

from audio.pictures import spectrogram_png, waveform_peaks
from tests.audio.voices import voice

RATE_HZ = 16_000


def shades(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_peaks_hold_the_extremes_of_each_stretch() -> None:
    samples = np.array([[0.1], [-0.2], [0.3], [0.0], [-0.5], [0.4]], np.float32)
    peaks = waveform_peaks(samples, sample_rate_hz=2, buckets=3)
    assert peaks.as_json() == {"duration_s": 3.0, "low": [-0.2, 0.0, -0.5], "high": [0.1, 0.3, 0.4]}


def test_both_channels_share_one_outline() -> None:
    samples = np.array([[0.1, -0.9], [0.8, 0.0]], np.float32)
    peaks = waveform_peaks(samples, sample_rate_hz=2, buckets=1)
    assert (peaks.low, peaks.high) == ([-0.9], [0.8])


@pytest.mark.parametrize(("frames", "buckets", "given"), [(1, 800, 1), (799, 800, 799), (48_001, 800, 800)])
def test_there_are_never_more_peaks_than_samples(frames: int, buckets: int, given: int) -> None:
    peaks = waveform_peaks(np.ones((frames, 1), np.float32), sample_rate_hz=8_000, buckets=buckets)
    assert peaks.high == [1.0] * given


@pytest.mark.parametrize("hz", [500, 3_000, 7_000])
@pytest.mark.parametrize("sample_rate_hz", [16_000, 48_000])
def test_a_tone_is_drawn_at_its_frequency(hz: int, sample_rate_hz: int) -> None:
    seconds = np.arange(2 * sample_rate_hz) / sample_rate_hz
    tone = (0.5 * np.sin(2 * np.pi * hz * seconds)).astype(np.float32)[:, None]
    picture = spectrogram_png(tone, sample_rate_hz=sample_rate_hz, width_px=100, height_px=160)
    row = int(np.argmax(shades(picture.png)[:, 50]))
    assert picture.max_hz * (1 - (row + 0.5) / 160) == pytest.approx(hz, abs=60)
    assert picture.high_db == pytest.approx(-6, abs=4)


def test_a_burst_is_drawn_at_its_moment() -> None:
    samples = np.zeros((4 * RATE_HZ, 1), np.float32)
    samples[3 * RATE_HZ : 3 * RATE_HZ + 800] = 0.5 * np.random.default_rng(0).standard_normal((800, 1))
    picture = spectrogram_png(samples, sample_rate_hz=RATE_HZ, width_px=400, height_px=50)
    loudest = int(np.argmax(shades(picture.png).sum(axis=0)))
    assert loudest / 400 * picture.duration_s == pytest.approx(3.025, abs=0.03)


def test_the_axes_stop_at_half_the_sample_rate() -> None:
    picture = spectrogram_png(voice(sample_rate_hz=8_000), sample_rate_hz=8_000, width_px=50, height_px=50)
    assert (picture.max_hz, picture.duration_s) == (4_000, 4.0)
    assert picture.high_db - picture.low_db == 70


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_has_the_size_asked_for_and_the_same_bytes_twice(dark: bool) -> None:
    draw = [
        spectrogram_png(voice(), sample_rate_hz=RATE_HZ, width_px=333, height_px=77, dark=dark) for _ in "ab"
    ]
    assert draw[0].png == draw[1].png
    assert Image.open(io.BytesIO(draw[0].png)).size == (333, 77)


@pytest.mark.parametrize(("dark", "brightest_is_sound"), [(True, True), (False, False)])
def test_sound_stands_out_from_the_page(dark: bool, brightest_is_sound: bool) -> None:
    picture = spectrogram_png(voice(), sample_rate_hz=RATE_HZ, width_px=100, height_px=100, dark=dark)
    levels = shades(picture.png)
    grey = np.asarray(Image.open(io.BytesIO(picture.png)).convert("L")).astype(float)
    assert (grey[levels == levels.max()].mean() > grey[levels == levels.min()].mean()) == brightest_is_sound


@pytest.mark.parametrize("frames", [1, 10, 600])
def test_a_tiny_recording_is_still_drawn(frames: int) -> None:
    samples = np.full((frames, 2), 0.1, np.float32)
    assert spectrogram_png(samples, sample_rate_hz=RATE_HZ, width_px=80, height_px=40).png[:4] == b"\x89PNG"


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        spectrogram_png(np.zeros((0, 1), np.float32), sample_rate_hz=RATE_HZ, width_px=10, height_px=10)
    with pytest.raises(ValueError, match="at least one sample"):
        waveform_peaks(np.zeros((0, 1), np.float32), sample_rate_hz=RATE_HZ, buckets=10)
