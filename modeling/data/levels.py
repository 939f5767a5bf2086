"""How loud voices and noise are in a mixture: by ranges of SIR and SNR, or as LibriMix and WHAM! are mixed.

`librimix` and `wham` follow the dynamic mixing of their recipes. LibriMix: loudness of each source uniform from
-33 to -25 LUFS and of the noise from -38 to -30; a source that peaks above 1 and a mixture above 0.9 are brought
to 0.9. WHAM!: mean amplitude of the first source normal around -27.43 dB (2.57), of the others around 2.51 dB
below it (2.66), the noise as strong as the sources, the mixture's peak at 0.9.

Shape suffixes: c sources, t samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modeling.data.mixing_config import MixingConfig
from modeling.waveforms import Samples

BANKED_LUFS = -25.0
SPEECH_DB = -25.0
SOFTEST_DB = -40.0
"""A crop that is mostly a pause is not raised until its background is as loud as speech."""
PEAK = 0.9
TINY = 1e-12


def voice_gains(rng: np.random.Generator, voices_ct: Samples, *, config: MixingConfig) -> Samples:
    """A gain for each voice; `voices_ct` as the microphone hears them, from clips banked at one loudness."""
    if config.level_rule == "librimix":
        gains_c = _as_gain(rng.uniform(-33.0, -25.0, len(voices_ct)) - BANKED_LUFS)
        peaks_c = np.abs(voices_ct).max(axis=1) + TINY
        return np.where(gains_c * peaks_c >= 1.0, np.float32(PEAK) / peaks_c, gains_c).astype(np.float32)
    if config.level_rule == "wham":
        first_db = np.clip(rng.normal(-27.43, 2.57), -45.0, 0.0)
        others_db = np.clip(first_db + rng.normal(-2.51, 2.66, len(voices_ct) - 1), -45.0, 0.0)
        wanted_db = np.concatenate([[first_db], others_db])
        return _as_gain(wanted_db - 20 * np.log10(np.abs(voices_ct).mean(axis=1) + TINY))
    below_first_db = rng.uniform(-config.sir_range_db, config.sir_range_db, len(voices_ct))
    below_first_db[0] = 0.0
    power_db = np.maximum(10 * np.log10(np.square(voices_ct).mean(axis=1) + TINY), SOFTEST_DB)
    return _as_gain(SPEECH_DB - (below_first_db - below_first_db.mean()) - power_db)


def noise_gain(
    rng: np.random.Generator,
    noise_t: Samples,
    *,
    voices_ct: Samples,
    noise_lufs: float,
    config: MixingConfig,
) -> np.float32:
    """The gain of a noise `(t)` of known loudness beneath voices that have their levels."""
    if config.level_rule == "librimix":
        return np.float32(10 ** ((rng.uniform(-38.0, -30.0) - noise_lufs) / 20))
    if config.level_rule == "wham":
        return np.float32(np.abs(voices_ct).mean() / (np.abs(noise_t).mean() + TINY))
    snr_db = rng.uniform(config.snr_low_db, config.snr_high_db)
    return gain_to(noise_t, beneath=voices_ct.sum(axis=0), ratio_db=snr_db)


def gain_to(signal_t: Samples, *, beneath: Samples, ratio_db: float) -> np.float32:
    """The gain that brings a signal `ratio_db` below another, by energy."""
    ratio = (np.square(beneath).mean() + TINY) / (np.square(signal_t).mean() + TINY)
    return np.float32(np.sqrt(ratio) * 10 ** (-ratio_db / 20))


def peak_gain(mix_t: Samples, *, config: MixingConfig) -> np.float32:
    """What the level rule does to the finished mixture; the ranges leave it as it is."""
    peak = float(np.abs(mix_t).max()) + TINY
    if config.level_rule == "wham" or (config.level_rule == "librimix" and peak > PEAK):
        return np.float32(PEAK / peak)
    return np.float32(1.0)


def _as_gain(level_db: NDArray[np.floating]) -> Samples:
    gains: Samples = (10 ** (level_db / 20)).astype(np.float32)
    return gains
