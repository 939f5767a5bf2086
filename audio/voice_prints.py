"""What a voice sounds like in a few dozen numbers: to ask whether two signals may be of the same person.

Means and spreads of mel cepstra (S. Davis and P. Mermelstein, 1980; statistics of them in D. Reynolds, 1995), of how
fast they change, and of the fundamental. They describe the microphone and the room as much as the speaker, and a
cold or another language changes them: this is evidence to look at, never a proof. docs/recruitment.md says how
often it errs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.resample import resample

Array = NDArray[np.float64]
Samples = NDArray[np.float32]

RATE_HZ: Final = 8_000  # separated signals may have no more
FRAME: Final = 256
HOP: Final = 128
MEL_BANDS: Final = 32
CEPSTRA: Final = 20
DELTAS: Final = 12
LOWEST_HZ, HIGHEST_HZ = 100.0, 3_700.0
LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 65.0, 400.0
VOICED_FROM: Final = 0.5
USUAL_OCTAVES: Final = 7.4
LOUD_WITHIN_DB: Final = 30.0
OWN_SHARE: Final = 0.7
"""A frame tells about a voice where its signal has at least this share of the power of all signals."""
LEAST_FRAMES: Final = 60  # about one second of speech
FEATURES: Final = 2 * (CEPSTRA - 1) + DELTAS + 3


def voice_features(signals: Sequence[Samples], *, sample_rate_hz: int) -> list[Array | None]:
    """Of each separated signal of one recording (equal lengths, mono) its `FEATURES` numbers.

    None where a signal has less than about a second in which it is clearly the loudest: nothing can be said then.
    """
    frames = [_frames(resample(signal, from_hz=sample_rate_hz, to_hz=RATE_HZ)) for signal in signals]
    powers = np.stack([np.square(each).mean(axis=1) for each in frames])
    total = powers.sum(axis=0) + 1e-20
    return [
        _described(each, is_own=(power >= OWN_SHARE * total) & _is_loud(power))
        for each, power in zip(frames, powers, strict=True)
    ]


def _described(frames: Array, *, is_own: NDArray[np.bool_]) -> Array | None:
    own = np.flatnonzero(is_own)
    if len(own) < LEAST_FRAMES:
        return None
    cepstra = _cepstra(frames[own])
    neighbours = np.diff(own) == 1
    changes = np.diff(cepstra, axis=0)[neighbours] if neighbours.any() else np.zeros((1, CEPSTRA))
    return np.concatenate(
        [
            cepstra[:, 1:].mean(axis=0),
            cepstra[:, 1:].std(axis=0),
            changes[:, 1 : DELTAS + 1].std(axis=0),
            _pitch(frames[own]),
        ]
    )


def _frames(signal: Samples) -> Array:
    padded = np.pad(signal.astype(np.float64), (0, max(0, FRAME - len(signal))))
    return np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]


def _is_loud(power: Array) -> NDArray[np.bool_]:
    loud: NDArray[np.bool_] = power > max(np.percentile(power, 95), 1e-12) * 10 ** (-LOUD_WITHIN_DB / 10)
    return loud


def _cepstra(frames: Array) -> Array:
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1)))
    mel = power @ _mel_filters().T
    # Relative to the frame's own level: a floor under the log, so that empty bands do not dominate.
    floor = 1e-4 * mel.mean(axis=1, keepdims=True) + 1e-20
    cepstra: Array = np.log(mel + floor) @ _cosines().T
    return cepstra


def _pitch(frames: Array) -> Array:
    """Median and quartile range of the fundamental in octaves, and the share of voiced frames."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    correlation = np.fft.irfft(np.square(np.abs(np.fft.rfft(centred, n=2 * FRAME, axis=1))), axis=1)
    lags = np.arange(int(RATE_HZ / HIGHEST_PITCH_HZ), int(RATE_HZ / LOWEST_PITCH_HZ))
    # Fewer samples meet at a long lag: divide by how many.
    likeness = correlation[:, lags] * FRAME / (FRAME - lags) / (correlation[:, :1] + 1e-20)
    voiced = likeness.max(axis=1) > VOICED_FROM
    if not voiced.any():
        return np.array([USUAL_OCTAVES, 0.0, 0.0])
    octaves = np.log2(RATE_HZ / lags[likeness[voiced].argmax(axis=1)])
    low, middle, high = np.percentile(octaves, [25, 50, 75])
    return np.array([middle, high - low, voiced.mean()])


@lru_cache(maxsize=1)
def _mel_filters() -> Array:
    """Triangles on the mel scale, `(bands, bins)`."""
    bins = 2595 * np.log10(1 + np.fft.rfftfreq(FRAME, 1 / RATE_HZ) / 700)
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    edges = np.linspace(lowest, highest, MEL_BANDS + 2)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters: Array = np.clip(np.minimum(rising, falling), 0.0, None)
    return filters


@lru_cache(maxsize=1)
def _cosines() -> Array:
    """The discrete cosine transform, `(cepstra, bands)`."""
    bands = np.arange(MEL_BANDS) + 0.5
    cosines: Array = np.sqrt(2 / MEL_BANDS) * np.cos(np.pi / MEL_BANDS * np.outer(np.arange(CEPSTRA), bands))
    return cosines
