"""Synthetic voices with known properties, for tests that must not depend on a corpus."""

import numpy as np
from numpy.typing import NDArray


def voice(
    *, pitch_hz: float = 120.0, duration_s: float = 4.0, sample_rate_hz: int = 16_000, seed: int = 0
) -> NDArray[np.float32]:
    """Something like read speech: syllables of drifting harmonics, consonant noise and short pauses.

    Float32, shape (frames, 1), peak 0.5.
    """
    rng = np.random.default_rng(seed)
    frames = round(duration_s * sample_rate_hz)
    seconds = np.arange(frames) / sample_rate_hz
    drift = 1 + 0.08 * np.sin(2 * np.pi * 0.7 * seconds + seed) + 0.03 * np.sin(2 * np.pi * 2.3 * seconds)
    phase = 2 * np.pi * np.cumsum(pitch_hz * drift) / sample_rate_hz
    highest = int(min(4_000, sample_rate_hz / 2.2) / (pitch_hz * 1.2))
    tone = sum(np.sin(k * phase + k) / k for k in range(1, highest + 1))
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * seconds + seed) + 0.6, 0, 1) ** 0.5
    hiss = rng.standard_normal(frames) * np.clip(-np.sin(2 * np.pi * 2.1 * seconds + seed) - 0.7, 0, 1)
    sound = tone * syllables + 0.5 * hiss + 0.001 * rng.standard_normal(frames)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)[:, None]
