"""Evidence that two people speak at the same time: two plain measures of a recording, weighed together.

Two voices fill each other's pauses, and cancelling the strongest pitch leaves the other voice behind (A. de
Cheveigne, "Separation of concurrent harmonic sounds", JASA 93(6), 1993). A noisy room and a breathless reader do the
same, so this is evidence and no proof. How often it errs stands in `docs/quality-flags.md`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.levels import frame_levels_dbfs
from audio.resample import resample

Signal = NDArray[np.float64]

_RATE_HZ: Final = 8_000
_LEVEL_FRAME: Final = 160
_PAUSE_DB: Final = 25.0
_PITCH_FRAME: Final = 480
_PITCH_HOP: Final = 160
# 60 to 400 Hz: adults, reading aloud.
_SHORTEST_LAG: Final = _RATE_HZ // 400
_LONGEST_LAG: Final = _RATE_HZ // 60
# From a logistic regression on 500 mixtures and 1,000 takes without overlap, relative to the filled share.
_REMAINDER_WEIGHT: Final = 0.6


def overlap_evidence(samples: NDArray[np.float32], *, sample_rate_hz: int) -> float:
    """How much speaks for two simultaneous voices: about 0.6 (little) to 1.2 (much); no probability.

    `samples`: shape (frames, channels). It is the share of 20 ms frames, between the first sound and the last, that
    are no pause, plus 0.6 times what remains (0 to 1) when the strongest pitch is cancelled, lower quartile over
    those frames. Nothing but silence gives 0.
    """
    mono = resample(samples.mean(axis=1), from_hz=sample_rate_hz, to_hz=_RATE_HZ)
    spoken = _between_first_and_last_sound(mono)
    if len(spoken) < _PITCH_FRAME:
        return 0.0
    remainders = remainder_after_cancelling(_loud_frames(spoken.astype(np.float64)))
    return _filled_share(spoken) + _REMAINDER_WEIGHT * float(np.percentile(remainders, 25))


def remainder_after_cancelling(frames: Signal) -> Signal:
    """Share of power (0 to 1) that is left in each frame when a sample one period earlier is taken away.

    `frames`: shape (count, 480) at 8 kHz. The period is the shortest that is almost as good as the best.
    """
    late = frames[:, _LONGEST_LAG:]
    columns = np.arange(_LONGEST_LAG, frames.shape[1])
    early = np.take_along_axis(frames, columns - _periods(frames)[:, None], axis=1)
    together = np.sum(late**2, axis=1) + np.sum(early**2, axis=1) + 1e-20
    remainder: Signal = np.sum((late - early) ** 2, axis=1) / together
    clipped: Signal = np.minimum(remainder, 1.0)
    return clipped


def _between_first_and_last_sound(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    sounding = np.flatnonzero(_is_sound(mono))
    if not sounding.size:
        return mono[:0]
    return mono[sounding[0] * _LEVEL_FRAME : (sounding[-1] + 1) * _LEVEL_FRAME]


def _filled_share(mono: NDArray[np.float32]) -> float:
    return float(np.mean(_is_sound(mono)))


def _is_sound(mono: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames lie within 25 dB of the loud ones (95th percentile)."""
    levels = frame_levels_dbfs(mono, frame_samples=_LEVEL_FRAME)
    if not levels.size or levels.max() <= -200:
        return np.zeros(len(levels), dtype=np.bool_)
    is_sound: NDArray[np.bool_] = levels > np.percentile(levels, 95) - _PAUSE_DB
    return is_sound


def _loud_frames(mono: Signal) -> Signal:
    frames = np.lib.stride_tricks.sliding_window_view(mono - mono.mean(), _PITCH_FRAME)[::_PITCH_HOP]
    power = np.sum(frames**2, axis=1)
    loud: Signal = frames[power >= np.percentile(power, 95) * 10 ** (-_PAUSE_DB / 10)]
    return loud


def _periods(frames: Signal) -> NDArray[np.int64]:
    """The period of each frame in samples, by normalised correlation with itself."""
    likeness = _self_likeness(frames)[:, _SHORTEST_LAG:]
    # The first lag that comes close to the best avoids taking two periods for one; then up to its own peak.
    lags = np.argmax(likeness > 0.93 * likeness.max(axis=1, keepdims=True), axis=1)
    rows = np.arange(len(lags))
    for _ in range(8):
        following = np.minimum(lags + 1, likeness.shape[1] - 1)
        lags = np.where(likeness[rows, following] > likeness[rows, lags], following, lags)
    periods: NDArray[np.int64] = lags + _SHORTEST_LAG
    return periods


def _self_likeness(frames: Signal) -> Signal:
    """Normalised correlation of each frame's head with the same stretch 0 to 133 samples later."""
    head = frames.shape[1] - _LONGEST_LAG
    size = 1 << (2 * frames.shape[1] - 1).bit_length()
    spectrum = np.fft.rfft(frames, size)
    product = np.fft.irfft(np.conj(np.fft.rfft(frames[:, :head], size)) * spectrum, size)
    power = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    shifted = power[:, head:] - power[:, : _LONGEST_LAG + 1]
    likeness: Signal = product[:, : _LONGEST_LAG + 1] / np.sqrt(shifted[:, :1] * shifted + 1e-20)
    return likeness
