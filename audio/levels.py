"""Levels of a waveform in dBFS, where a full-scale square wave has 0 dBFS and a full-scale sine -3.01 dBFS.

All functions take float samples of shape (frames,) or (frames, channels) with full scale 1 and measure the loudest
channel. Silence has no level in dB: it is reported as `FLOOR_DBFS`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FLOOR_DBFS: Final = -300.0
_FRAME_S: Final = 0.02
# Pauses between the words of two overlapping talkers fill a few per cent of a take, seldom a tenth.
_NOISE_PERCENTILE: Final = 5
_ACTIVE_MARGIN_DB: Final = 12.0


def rms_dbfs(samples: NDArray[np.float32]) -> float:
    """Root mean square of the whole waveform, constant offset included."""
    powers = [
        float(np.mean(channel.astype(np.float64) ** 2)) for channel in _channels(samples) if channel.size
    ]
    return _decibels(max(powers, default=0.0))


def peak_dbfs(samples: NDArray[np.float32]) -> float:
    """Largest sample magnitude; may exceed 0 dBFS for float recordings."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return _decibels(peak * peak)


def frame_levels_dbfs(samples: NDArray[np.float32], *, frame_samples: int) -> NDArray[np.float64]:
    """Level of every whole frame, shape (frames // frame_samples,); the loudest channel decides each.

    A frame's mean is taken off, so that a constant offset of the converter does not count as sound.
    """
    whole = len(samples) // frame_samples
    powers = [
        np.ascontiguousarray(channel[: whole * frame_samples]).reshape(whole, frame_samples).var(axis=1)
        for channel in _channels(samples)
    ]
    loudest = np.max(powers, axis=0).astype(np.float64)
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(loudest, 10 ** (FLOOR_DBFS / 10)))
    return levels


def noise_floor_dbfs(samples: NDArray[np.float32], *, sample_rate_hz: int) -> float:
    """Level of the quietest moments: the 5th percentile of 20 ms frames that are not exactly zero."""
    levels = frame_levels_dbfs(samples, frame_samples=_frame_samples(sample_rate_hz))
    sounding = levels[levels > FLOOR_DBFS]
    return float(np.percentile(sounding, _NOISE_PERCENTILE)) if sounding.size else FLOOR_DBFS


def active_level_dbfs(samples: NDArray[np.float32], *, sample_rate_hz: int) -> float:
    """Mean power of the 20 ms frames within 12 dB of the overall RMS or above it.

    In the spirit of ITU-T P.56 (pauses do not count), but a single pass: not a certified active speech level.
    """
    levels = frame_levels_dbfs(samples, frame_samples=_frame_samples(sample_rate_hz))
    if not levels.size:
        return FLOOR_DBFS
    powers = 10 ** (levels / 10)
    active = powers[levels > _decibels(float(powers.mean())) - _ACTIVE_MARGIN_DB]
    return _decibels(float(active.mean())) if active.size else FLOOR_DBFS


def _frame_samples(sample_rate_hz: int) -> int:
    return max(1, round(_FRAME_S * sample_rate_hz))


def _channels(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [samples] if samples.ndim == 1 else list(samples.T)


def _decibels(power: float) -> float:
    return max(FLOOR_DBFS, 10 * float(np.log10(power))) if power > 0 else FLOOR_DBFS
