"""Checks of a take: gates that refuse it while its contributor waits."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioRefused
from audio.levels import frame_levels_dbfs
from audio.wav import WavFile, WavLimits, decode_wav, parse_wav, refuse_non_finite, refuse_too_long

# A converter that saturates may stop a few steps short of full scale: 0.999 is 33 steps of 16 bit below it.
_FULL_SCALE: Final = 0.999
# Speech touches full scale for one or two samples without harm; three in a row are a flattened peak.
_FLAT_SAMPLES: Final = 3
_FRAME_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLimits:
    """What a take must satisfy. A campaign sets the durations; the rest suits any microphone.

    `silence_dbfs`: level of a 50 ms frame, RMS, where a full-scale square wave has 0 dBFS.
    `min_sound_s`: how long a take must be louder than that, in all; a click does not make a take.
    `max_clipped_share`: of all samples of a channel, those inside flattened peaks; 0 to 1.
    """

    min_duration_s: float = 2.0
    max_duration_s: float = 60.0
    silence_dbfs: float = -60.0
    min_sound_s: float = 0.3
    max_clipped_share: float = 0.001

    def for_header(self) -> WavLimits:
        """The part of these limits that a header can already break."""
        return WavLimits(max_duration_s=self.max_duration_s)


def check_take(data: bytes, *, limits: TakeLimits) -> WavFile:
    """The whole gate for the bytes of one take: structure, then samples. Returns the facts to store.

    Raises AudioRefused with a code of `parse_wav`, `decode_wav` or `gate_checks`.
    """
    facts = parse_wav(data, limits=limits.for_header())
    gate_checks(decode_wav(data, facts), sample_rate_hz=facts.sample_rate_hz, limits=limits)
    return facts


def gate_checks(samples: NDArray[np.float32], *, sample_rate_hz: int, limits: TakeLimits) -> None:
    """Refuse a take nobody could use. `samples`: float, shape (frames, channels), full scale 1.

    Raises AudioRefused `too_short`, `too_long`, `not_finite`, `silent` or `clipped`. Only the loudest channel
    must hold sound, so that a stereo take with one dead input passes; no channel may be clipped.
    """
    _refuse_too_short(len(samples) / sample_rate_hz, limits.min_duration_s)
    refuse_too_long(len(samples) / sample_rate_hz, max_duration_s=limits.max_duration_s)
    refuse_non_finite(samples)
    _refuse_silent(samples, sample_rate_hz, limits)
    _refuse_clipped(samples, limits.max_clipped_share)


def clipped_share(samples: NDArray[np.float32]) -> float:
    """Share (0 to 1) of samples inside flattened peaks, of the worst channel of (frames, channels).

    A flattened peak is a run of at least three samples of one sign at full scale (0.999 or more).
    """
    worst: int = max((_clipped_samples(channel) for channel in samples.T), default=0)
    return worst / max(len(samples), 1)


def _refuse_too_short(duration_s: float, min_duration_s: float) -> None:
    if duration_s < min_duration_s:
        raise AudioRefused(
            "too_short",
            f"The recording lasts {duration_s:.2f} s; at least {min_duration_s:g} s are needed. "
            "Please record again and read both sentences to the end before you press stop.",
        )


def _refuse_silent(samples: NDArray[np.float32], sample_rate_hz: int, limits: TakeLimits) -> None:
    frame_dbfs = frame_levels_dbfs(samples, frame_samples=round(_FRAME_S * sample_rate_hz))
    sound_s = int(np.count_nonzero(frame_dbfs > limits.silence_dbfs)) * _FRAME_S
    if sound_s < limits.min_sound_s:
        loudest = f"{frame_dbfs.max():.0f} dBFS" if frame_dbfs.max() > -200 else "complete silence"
        raise AudioRefused(
            "silent",
            f"Almost nothing can be heard: only {sound_s:.2f} s are louder than {limits.silence_dbfs:g} dBFS "
            f"(loudest moment: {loudest}). Please check that the right microphone is chosen and not muted, "
            "then record again.",
        )


def _refuse_clipped(samples: NDArray[np.float32], max_clipped_share: float) -> None:
    share = clipped_share(samples)
    if share > max_clipped_share:
        raise AudioRefused(
            "clipped",
            f"The recording is overdriven: {100 * share:.2f} % of it is cut off at full scale "
            f"(at most {100 * max_clipped_share:g} % is accepted). "
            "Please move away from the microphone or lower its input level, then record again.",
        )


def _clipped_samples(channel: NDArray[np.float32]) -> int:
    return _samples_in_runs(channel >= _FULL_SCALE) + _samples_in_runs(channel <= -_FULL_SCALE)


def _samples_in_runs(is_full: NDArray[np.bool_]) -> int:
    """How many samples lie in runs of at least three True values."""
    if np.count_nonzero(is_full) < _FLAT_SAMPLES:
        return 0
    edges = np.flatnonzero(np.diff(is_full, prepend=False, append=False))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _FLAT_SAMPLES].sum())
