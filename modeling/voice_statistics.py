"""What a voice sounds like on average, as sums that can be added: to tell which stem holds which speaker.

A classic of diarisation: the distribution of cepstra (Reynolds et al., 2000, for adapted Gaussians) and of the
fundamental. Sums instead of frames keep the memory of a day-long recording at a few kilobytes a chunk.

Shape suffixes: c sources, t samples, n frames, f bins, d features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

Array = NDArray[np.float64]
Samples = NDArray[np.float32]

FRAME_S = 0.032
MEL_BANDS = 26
CEPSTRA = 14
# The fundamental of speech, from a deep to a child's voice.
LOWEST_HZ, HIGHEST_HZ = 60.0, 450.0
VOICED_FROM = 0.5
USUAL_OCTAVES = 7.2
OWN_SHARE = 0.85
"""A frame tells about a stem's speaker where that stem has at least this share of the power of all stems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSums:
    """Number of frames, sum and sum of squares of their features."""

    frames: float
    sum_d: Array
    squares_dd: Array

    def __add__(self, other: VoiceSums) -> VoiceSums:
        return VoiceSums(
            frames=self.frames + other.frames,
            sum_d=self.sum_d + other.sum_d,
            squares_dd=self.squares_dd + other.squares_dd,
        )

    def __sub__(self, other: VoiceSums) -> VoiceSums:
        return self + VoiceSums(frames=-other.frames, sum_d=-other.sum_d, squares_dd=-other.squares_dd)

    @classmethod
    def of(cls, features_nd: Array) -> VoiceSums:
        return cls(
            frames=float(len(features_nd)),
            sum_d=features_nd.sum(axis=0),
            squares_dd=features_nd.T @ features_nd,
        )

    @classmethod
    def nothing(cls) -> VoiceSums:
        return cls.of(np.zeros((0, CEPSTRA + 1)))


def frame_powers(signal_t: Samples, *, sample_rate_hz: int) -> Array:
    """Mean power of each frame of 32 ms, without overlap; a rest shorter than that is left out."""
    frames_nt = _framed(signal_t, sample_rate_hz)
    powers_n: Array = np.square(frames_nt, dtype=np.float64).mean(axis=1)
    return powers_n


def voice_sums(stems_ct: Samples, *, sample_rate_hz: int, active_above: float) -> list[VoiceSums]:
    """The sums of each stem over the frames that are its own: louder than `active_above`, the others quiet."""
    powers_cn = np.stack([frame_powers(stem_t, sample_rate_hz=sample_rate_hz) for stem_t in stems_ct])
    total_n = powers_cn.sum(axis=0)
    is_own_cn = (powers_cn >= OWN_SHARE * total_n) & (total_n > active_above)
    return [
        VoiceSums.of(_features(_framed(stem_t, sample_rate_hz)[is_own_n], sample_rate_hz))
        for stem_t, is_own_n in zip(stems_ct, is_own_cn, strict=True)
    ]


def _framed(signal_t: Samples, sample_rate_hz: int) -> Samples:
    length = max(2, int(FRAME_S * sample_rate_hz))
    return signal_t[: len(signal_t) // length * length].reshape(-1, length)


def _features(frames_nt: Samples, sample_rate_hz: int) -> Array:
    """Cepstra without the level, and the fundamental in octaves (its mean over the voiced frames if unvoiced)."""
    if not len(frames_nt):
        return np.zeros((0, CEPSTRA + 1))
    length = frames_nt.shape[1]
    power_nf = np.square(np.abs(np.fft.rfft(frames_nt * np.hanning(length), axis=1)))
    mel_nf = power_nf @ _mel_filters(length, sample_rate_hz).T
    # Relative to the frame's own level: a floor under the log, so that empty bands do not dominate.
    floor_n = 1e-5 * mel_nf.mean(axis=1, keepdims=True) + 1e-20
    cepstra_nd = dct(np.log(mel_nf + floor_n), axis=1, norm="ortho")[:, 1 : CEPSTRA + 1]
    return np.column_stack([cepstra_nd, _octaves(frames_nt, sample_rate_hz)])


def _octaves(frames_nt: Samples, sample_rate_hz: int) -> Array:
    centred_nt = frames_nt - frames_nt.mean(axis=1, keepdims=True)
    spectrum_nf = np.fft.rfft(centred_nt, n=2 * frames_nt.shape[1], axis=1)
    correlation_nt = np.fft.irfft(np.square(np.abs(spectrum_nf)), axis=1)
    shortest = max(1, int(sample_rate_hz / HIGHEST_HZ))
    longest = min(frames_nt.shape[1] - 1, int(sample_rate_hz / LOWEST_HZ))
    if longest <= shortest:
        return np.zeros(len(frames_nt))
    lags = np.arange(shortest, longest)
    # The window of the frame makes long lags look weak: divide by how many samples met.
    window = frames_nt.shape[1] / (frames_nt.shape[1] - lags)
    normed_nt = correlation_nt[:, lags] * window / (correlation_nt[:, :1] + 1e-20)
    octaves_n = np.log2(sample_rate_hz / lags[normed_nt.argmax(axis=1)])
    is_voiced_n = normed_nt.max(axis=1) > VOICED_FROM
    return np.where(
        is_voiced_n, octaves_n, octaves_n[is_voiced_n].mean() if is_voiced_n.any() else USUAL_OCTAVES
    )


@lru_cache(maxsize=8)
def _mel_filters(frame_samples: int, sample_rate_hz: int) -> Array:
    """Triangles on the mel scale, `(bands, bins)`."""
    bins_f = np.arange(frame_samples // 2 + 1) * sample_rate_hz / frame_samples
    mels_f = 2595 * np.log10(1 + bins_f / 700)
    edges = np.linspace(0, mels_f[-1], MEL_BANDS + 2)
    rising = (mels_f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mels_f) / (edges[2:] - edges[1:-1])[:, None]
    filters_bf: Array = np.clip(np.minimum(rising, falling), 0.0, None)
    return filters_bf
