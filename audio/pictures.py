"""Pictures of a recording for the page: waveform peaks as numbers, a spectrogram as PNG, each with its axes."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Above 8 kHz lies little that tells two voices apart; a page 400 px high is better spent below.
_SHOWN_HZ: Final = 8_000.0
_RANGE_DB: Final = 70.0
_WINDOW_S: Final = 0.032
# Both palettes grow steadily in lightness and differ in no step by red against green alone: viridis (BSD, as
# published with matplotlib) on dark pages and YlGnBu (ColorBrewer 2.0, C. Brewer) from white on light ones.
_ON_DARK: Final = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")
_ON_LIGHT: Final = ("ffffff", "ffffd9", "c7e9b4", "7fcdbb", "41b6c4", "1d91c0", "225ea8", "253494", "081d58")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformPeaks:
    """Lowest and highest sample of each of `len(low)` equal stretches of time; full scale is 1."""

    duration_s: float
    low: list[float]
    high: list[float]

    def as_json(self) -> dict[str, float | list[float]]:
        """What the page draws."""
        return {"duration_s": self.duration_s, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrogram:
    """A PNG whose x axis runs from 0 to `duration_s`, y axis (upwards) from 0 to `max_hz`, and whose colours run
    from `low_db` to `high_db`: power of a 32 ms window relative to a full-scale sine."""

    png: bytes
    duration_s: float
    max_hz: float
    low_db: float
    high_db: float


def waveform_peaks(samples: NDArray[np.float32], *, sample_rate_hz: int, buckets: int) -> WaveformPeaks:
    """Peaks for drawing. `samples`: shape (frames, channels), at least one frame; channels share one outline.

    Gives `buckets` values, or one for each frame where there are fewer frames; rounded to four decimals, which is
    finer than any screen. Raises ValueError for no frames or no buckets.
    """
    starts = _starts(len(samples), min(buckets, len(samples)))
    low = np.minimum.reduceat(samples.min(axis=1), starts)
    high = np.maximum.reduceat(samples.max(axis=1), starts)
    return WaveformPeaks(duration_s=len(samples) / sample_rate_hz, low=_rounded(low), high=_rounded(high))


def spectrogram_png(
    samples: NDArray[np.float32],
    *,
    sample_rate_hz: int,
    width_px: int,
    height_px: int,
    dark: bool = False,
) -> Spectrogram:
    """Log-magnitude spectrogram up to 8 kHz (or half the sample rate) over the strongest 70 dB.

    `samples`: shape (frames, channels), at least one frame; channel powers are averaged. The same samples give the
    same bytes. Raises ValueError for no frames or a picture without area.
    """
    max_hz = min(_SHOWN_HZ, sample_rate_hz / 2)
    power = _column_powers(samples, round(_WINDOW_S * sample_rate_hz), _starts(len(samples), width_px))
    rows = _rows(power, 2 * max_hz / sample_rate_hz, height_px)
    levels_db = 10 * np.log10(np.maximum(rows, 1e-15))
    # One click must not darken the rest: the strongest thousandth shares the last colour.
    high_db = float(np.percentile(levels_db, 99.9))
    shades = np.clip(255 * (levels_db - high_db + _RANGE_DB) / _RANGE_DB, 0, 255).astype(np.uint8)
    return Spectrogram(
        png=_png(shades.T[::-1], _ON_DARK if dark else _ON_LIGHT),
        duration_s=len(samples) / sample_rate_hz,
        max_hz=max_hz,
        low_db=high_db - _RANGE_DB,
        high_db=high_db,
    )


def _starts(frames: int, parts: int) -> NDArray[np.int64]:
    """Where each of `parts` equal stretches of `frames` begins."""
    if frames < 1 or parts < 1:
        raise ValueError(f"A picture needs at least one sample and one pixel; got {frames} and {parts}.")
    return np.arange(parts, dtype=np.int64) * frames // parts


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _column_powers(
    samples: NDArray[np.float32], window: int, starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Power spectra, shape (columns, bins): one for each stretch, averaged over enough windows to cover it."""
    column = len(samples) / len(starts)
    looks = max(1, round(2 * column / window))
    offsets = (np.arange(looks) + 0.5) * column / looks
    padded = np.pad(samples, ((window // 2, window), (0, 0)))
    shape = np.hanning(window + 1)[:-1]
    powers = np.zeros((len(starts), window // 2 + 1))
    for offset in offsets:
        places = starts[:, None] + int(offset) + np.arange(window)
        for channel in padded.T:
            powers += np.abs(np.fft.rfft(channel[places] * shape)) ** 2
    full_scale_sine = (shape.sum() / 2) ** 2
    averaged: NDArray[np.float64] = powers / (full_scale_sine * len(offsets) * len(padded.T))
    return averaged


def _rows(power: NDArray[np.float64], share: float, height_px: int) -> NDArray[np.float64]:
    """Mean power of `height_px` equal bands over the lower `share` of the bins, shape (columns, height_px)."""
    bins = power.shape[1]
    cumulative = np.pad(np.cumsum(power, axis=1), ((0, 0), (1, 0)))
    edges = np.linspace(0, share * bins, height_px + 1)
    lower = np.minimum(edges.astype(np.int64), bins - 1)
    part = edges - lower
    at_edges = cumulative[:, lower] * (1 - part) + cumulative[:, lower + 1] * part
    means: NDArray[np.float64] = np.diff(at_edges, axis=1) * height_px / (share * bins)
    return means


def _png(shades: NDArray[np.uint8], anchors: tuple[str, ...]) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(shades))
    image.putpalette(_palette(anchors).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _palette(anchors: tuple[str, ...]) -> NDArray[np.uint8]:
    """256 colours, shape (256, 3), straight lines between the anchors."""
    colours = np.array([list(bytes.fromhex(anchor)) for anchor in anchors], dtype=np.float64)
    places = np.linspace(0, len(anchors) - 1, 256)
    blended = [np.interp(places, np.arange(len(anchors)), colours[:, part]) for part in range(3)]
    return np.rint(np.stack(blended, axis=1)).astype(np.uint8)
