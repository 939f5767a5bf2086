"""Change the sample rate of a waveform without moving it in time."""

import numpy as np
import soxr
from numpy.typing import NDArray


def resampled_length(frames: int, *, from_hz: int, to_hz: int) -> int:
    """Frames after resampling: `frames * to_hz / from_hz`, rounded to nearest, halves up; exact in integers."""
    return (2 * frames * to_hz + from_hz) // (2 * from_hz)


def resample(samples: NDArray[np.float32], *, from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Resample float32 of shape (frames,) or (frames, channels) with soxr at its highest quality.

    The filter is linear-phase and its delay is taken off, so sample `n` still sounds at `n / to_hz` seconds. The
    result has exactly `resampled_length` frames. Equal rates return the input itself. Raises ValueError for rates
    below 1 Hz.
    """
    if min(from_hz, to_hz) < 1:
        raise ValueError(f"Sample rates must be at least 1 Hz; got {from_hz} and {to_hz}.")
    if from_hz == to_hz:
        return samples
    # soxr's one-shot call rounds the length the same way; the slice and pad make that a promise of ours.
    resampled = soxr.resample(samples, from_hz, to_hz, quality="VHQ").astype(np.float32, copy=False)
    frames = resampled_length(len(samples), from_hz=from_hz, to_hz=to_hz)
    missing = max(0, frames - len(resampled))
    padding = [(0, missing)] + [(0, 0)] * (samples.ndim - 1)
    return np.pad(resampled[:frames], padding) if missing else resampled[:frames]
