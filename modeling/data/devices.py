"""What stands between a voice and its recording: an equaliser for each voice, one device for the mixture.

A device is linear but for clipping: band limits, gain pumping and packet gaps are the same operation on the
mixture, on every reference and on the noise. What clipping adds is part of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from modeling.data.mixing_config import MixingConfig
from modeling.waveforms import Samples

Sections = NDArray[np.float32]
"""Second-order sections as scipy wants them, `(sections, 6)`."""

FRAME_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One drawn recording device; None is what it does not do."""

    band: Sections | None = None
    clip_at: float | None = None
    """Share of the mixture's peak above which it is cut."""
    pumping_db: float | None = None
    """How far the gain follows the level: 6 dB means halved in the loudest frames."""
    gaps_s: tuple[tuple[float, float], ...] = ()
    """Lost packets as shares of the crop's start and seconds of length."""

    def distortion(self, mix_t: Samples) -> Samples | None:
        """What clipping adds to a mixture."""
        if self.clip_at is None:
            return None
        limit = np.float32(self.clip_at * np.abs(mix_t).max())
        added: Samples = np.clip(mix_t, -limit, limit) - mix_t
        return added

    def envelope(self, mix_t: Samples, *, sample_rate_hz: int) -> Samples | None:
        """The gain over time `(t)` that pumping and gaps put on everything."""
        if self.pumping_db is None and not self.gaps_s:
            return None
        gain_t = np.ones_like(mix_t)
        if self.pumping_db is not None:
            gain_t = _pumping(mix_t, depth_db=self.pumping_db, sample_rate_hz=sample_rate_hz)
        for start_share, length_s in self.gaps_s:
            start = int(start_share * len(mix_t))
            gain_t[start : start + int(length_s * sample_rate_hz)] = 0.0
        return gain_t


def draw_device(rng: np.random.Generator, *, config: MixingConfig, sample_rate_hz: int) -> Device:
    """A device with each of its faults in the configured share."""
    has_band, has_clipping, has_pumping, has_gaps = rng.random(4) < (
        config.band_limit_share,
        config.clipping_share,
        config.pumping_share,
        config.packet_gap_share,
    )
    return Device(
        band=_draw_band(rng, sample_rate_hz) if has_band else None,
        clip_at=float(rng.uniform(0.25, 0.8)) if has_clipping else None,
        pumping_db=float(rng.uniform(2.0, 8.0)) if has_pumping else None,
        gaps_s=_draw_gaps(rng) if has_gaps else (),
    )


def draw_equaliser(rng: np.random.Generator, *, sample_rate_hz: int) -> Sections:
    """A treble shelf and two bells of at most 6 dB: another microphone, another mouth."""
    nyquist_hz = sample_rate_hz / 2
    shelf = _shelf(rng.uniform(0.25, 0.6) * nyquist_hz, rng.uniform(-6.0, 6.0), sample_rate_hz)
    bells = [
        _bell(float(np.exp(rng.uniform(np.log(120.0), np.log(0.85 * nyquist_hz)))), rng, sample_rate_hz)
        for _ in range(2)
    ]
    return np.stack([shelf, *bells]).astype(np.float32)


def filtered(signals: Samples, sections: Sections | None) -> Samples:
    """Run sections over the last axis, at rest before the first sample."""
    if sections is None:
        return signals
    passed: Samples = signal.sosfilt(sections, signals).astype(np.float32, copy=False)
    return passed


def impulse_response(sections: list[Sections | None], *, sample_rate_hz: int) -> Samples:
    """Sections one after another as 64 ms of impulse response, to be joined with a room's."""
    impulse = np.zeros(int(0.064 * sample_rate_hz), dtype=np.float32)
    impulse[0] = 1.0
    for each in sections:
        impulse = filtered(impulse, each)
    return impulse


def _draw_band(rng: np.random.Generator, sample_rate_hz: int) -> Sections:
    high_cut_hz = rng.uniform(0.6, 0.95) * sample_rate_hz / 2
    # Two sections whose quality factors make a Butterworth filter of fourth order.
    return np.stack(
        [
            _pass(rng.uniform(60.0, 300.0), sample_rate_hz, quality=0.7071, is_high=True),
            _pass(high_cut_hz, sample_rate_hz, quality=0.5412, is_high=False),
            _pass(high_cut_hz, sample_rate_hz, quality=1.3066, is_high=False),
        ]
    ).astype(np.float32)


def _draw_gaps(rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(rng.uniform(0.0, 0.98)), float(rng.uniform(0.01, 0.06)))
        for _ in range(int(rng.integers(1, 5)))
    )


def _pumping(mix_t: Samples, *, depth_db: float, sample_rate_hz: int) -> Samples:
    """An automatic gain that turns loud passages down quickly and recovers slowly."""
    frame = int(FRAME_S * sample_rate_hz)
    frames = max(1, len(mix_t) // frame)
    power = np.square(mix_t[: frames * frame]).reshape(frames, -1).mean(axis=1)
    level_db = np.maximum(10 * np.log10(power + 1e-10), -60.0)
    followed = signal.lfilter([0.15], [1.0, -0.85], level_db - level_db.mean())
    gain_db = -depth_db * followed / (np.abs(followed).max() + 1e-6)
    gains = np.interp(np.arange(len(mix_t)), (np.arange(frames) + 0.5) * frame, 10 ** (gain_db / 20))
    envelope: Samples = gains.astype(np.float32)
    return envelope


def _pass(corner_hz: float, sample_rate_hz: int, *, quality: float, is_high: bool) -> NDArray[np.float64]:
    """A second-order high-pass or low-pass (Bristow-Johnson's cookbook)."""
    omega = 2 * np.pi * corner_hz / sample_rate_hz
    cosine, alpha = np.cos(omega), np.sin(omega) / (2 * quality)
    sign = -1.0 if is_high else 1.0
    edge = (1 - sign * cosine) / 2
    section: NDArray[np.float64] = np.array(
        [edge, sign * 2 * edge, edge, 1 + alpha, -2 * cosine, 1 - alpha]
    ) / (1 + alpha)
    return section


def _shelf(corner_hz: float, gain_db: float, sample_rate_hz: int) -> NDArray[np.float64]:
    """A first-order treble shelf as one section."""
    high = 10 ** (gain_db / 20)
    tangent = np.tan(np.pi * corner_hz / sample_rate_hz)
    scale = 1.0 / (1.0 + tangent)
    return np.array(
        [(tangent + high) * scale, (tangent - high) * scale, 0.0, 1.0, (tangent - 1.0) * scale, 0.0]
    )


def _bell(centre_hz: float, rng: np.random.Generator, sample_rate_hz: int) -> NDArray[np.float64]:
    """A peaking filter (Bristow-Johnson's cookbook) of random gain and width."""
    amplitude = 10 ** (rng.uniform(-6.0, 6.0) / 40)
    omega = 2 * np.pi * centre_hz / sample_rate_hz
    alpha = np.sin(omega) / (2 * rng.uniform(0.6, 2.0))
    b = np.array([1 + alpha * amplitude, -2 * np.cos(omega), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(omega), 1 - alpha / amplitude])
    section: NDArray[np.float64] = np.concatenate([b, a]) / a[0]
    return section
