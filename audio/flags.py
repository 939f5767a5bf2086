"""Quality flags of a take: hints for a reviewer, worked out after the stamp, which they never touch.

The thresholds were set on mixtures of adult LibriSpeech readers; `docs/quality-flags.md` says how
often each flag is wrong there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from audio.checks import clipped_share
from audio.levels import (
    FLOOR_DBFS,
    active_level_dbfs,
    frame_levels_dbfs,
    noise_floor_dbfs,
    peak_dbfs,
)
from audio.voices import overlap_evidence

Severity = Literal["info", "warning"]

_FRAME_S: Final = 0.02
_LOW_DBFS: Final = -45.0
_HOT_PEAK_DBFS: Final = -0.5
_NOISE_MARGIN_DB: Final = 15.0
_EDGE_FRAMES: Final = 2
_EDGE_MARGIN_DB: Final = 8.0
_ABOVE_NOISE_DB: Final = 6.0
_SPEECH_RANGE_DB: Final = 20.0
_MIN_SPEECH_SHARE: Final = 0.35
_MAX_OFFSET: Final = 0.01
_BAND_HZ: Final = 250.0
_BAND_RANGE_DB: Final = 60.0
_NARROW_HZ: Final = 6_000.0
_MAX_ZERO_S: Final = 0.05
_MIN_OVERLAP_EVIDENCE: Final = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFlag:
    """One hint: stable `code`, a sentence for a person (at most 300 characters), and what was measured."""

    code: str
    severity: Severity
    message: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Take:
    """A take with the measures that several flags share; levels in dBFS, one for each 20 ms frame."""

    samples: NDArray[np.float32]
    sample_rate_hz: int
    frames_dbfs: NDArray[np.float64]
    active_dbfs: float
    noise_dbfs: float


def quality_flags(samples: NDArray[np.float32], *, sample_rate_hz: int) -> list[QualityFlag]:
    """What a reviewer should know about a take, none of it a reason to refuse it.

    `samples`: float, shape (frames, channels), full scale 1, as `gate_checks` accepted them. Each code comes at
    most once: `low_level`, `hot_level`, `high_noise_floor`, `cut_at_start`, `cut_at_end`, `little_speech`,
    `constant_offset`, `narrow_band`, `digital_silence`, `one_voice`. Raises ValueError for less than 0.1 s.
    """
    if len(samples) < sample_rate_hz / 10:
        raise ValueError(f"Quality needs at least 0.1 s of sound; got {len(samples)} samples.")
    take = _Take(
        samples=samples,
        sample_rate_hz=sample_rate_hz,
        frames_dbfs=frame_levels_dbfs(samples, frame_samples=round(_FRAME_S * sample_rate_hz)),
        active_dbfs=active_level_dbfs(samples, sample_rate_hz=sample_rate_hz),
        noise_dbfs=noise_floor_dbfs(samples, sample_rate_hz=sample_rate_hz),
    )
    return [flag for look in _LOOKS if (flag := look(take)) is not None]


def bandwidth_hz(samples: NDArray[np.float32], *, sample_rate_hz: int) -> float:
    """Upper edge of the highest 250 Hz band whose mean power is within 60 dB of the strongest band."""
    window = 1 << (round(0.05 * sample_rate_hz) - 1).bit_length()
    loudest = samples[:, int(np.argmax(samples.var(axis=0)))]
    padded = np.pad(loudest, (0, max(0, window - len(loudest))))
    framed = np.lib.stride_tricks.sliding_window_view(padded, window)[:: window // 2]
    power = (np.abs(np.fft.rfft(framed * np.hanning(window).astype(np.float32))) ** 2).mean(axis=0)
    bins = max(1, round(_BAND_HZ * window / sample_rate_hz))
    bands = np.add.reduceat(power, np.arange(0, len(power) - bins + 1, bins))
    heard = np.flatnonzero(bands >= bands.max() * 10 ** (-_BAND_RANGE_DB / 10))
    return min(float((heard[-1] + 1) * bins * sample_rate_hz / window), sample_rate_hz / 2)


def longest_zero_s(samples: NDArray[np.float32], *, sample_rate_hz: int) -> float:
    """Longest stretch in which every channel is exactly zero, in seconds."""
    is_zero = ~samples.any(axis=1)
    edges = np.flatnonzero(np.diff(is_zero, prepend=False, append=False))
    return float(np.max(edges[1::2] - edges[::2], initial=0)) / sample_rate_hz


def _low_level(take: _Take) -> QualityFlag | None:
    if take.active_dbfs >= _LOW_DBFS:
        return None
    return QualityFlag(
        code="low_level",
        severity="warning",
        message=f"The voices are soft: {take.active_dbfs:.0f} dBFS where {_LOW_DBFS:g} or more is usual. "
        "The speakers may sit too far from the microphone.",
        value=take.active_dbfs,
        unit="dBFS",
    )


def _hot_level(take: _Take) -> QualityFlag | None:
    peak = peak_dbfs(take.samples)
    if peak < _HOT_PEAK_DBFS and clipped_share(take.samples) == 0:
        return None
    return QualityFlag(
        code="hot_level",
        severity="warning",
        message=f"The loudest moments touch full scale (peak {peak:.1f} dBFS) and may be distorted.",
        value=peak,
        unit="dBFS",
    )


def _high_noise_floor(take: _Take) -> QualityFlag | None:
    margin = take.active_dbfs - take.noise_dbfs
    if margin >= _NOISE_MARGIN_DB:
        return None
    return QualityFlag(
        code="high_noise_floor",
        severity="warning",
        message=f"The voices stand only {margin:.0f} dB above the quietest moments: the room is noisy, or nobody "
        "ever pauses.",
        value=margin,
        unit="dB",
    )


def _cut_at_start(take: _Take) -> QualityFlag | None:
    return _cut(take, take.frames_dbfs[:_EDGE_FRAMES], "start", "begins")


def _cut_at_end(take: _Take) -> QualityFlag | None:
    return _cut(take, take.frames_dbfs[-_EDGE_FRAMES:], "end", "ends")


def _cut(take: _Take, edge_dbfs: NDArray[np.float64], where: str, verb: str) -> QualityFlag | None:
    level = float(edge_dbfs.max())
    if level < max(take.active_dbfs - _EDGE_MARGIN_DB, take.noise_dbfs + _ABOVE_NOISE_DB):
        return None
    return QualityFlag(
        code=f"cut_at_{where}",
        severity="warning",
        message=f"The take {verb} in the middle of speech: its first or last 40 ms are as loud as the voices. "
        "A word may be cut off.",
        value=level - take.active_dbfs,
        unit="dB",
    )


def _little_speech(take: _Take) -> QualityFlag | None:
    threshold = max(take.active_dbfs - _SPEECH_RANGE_DB, take.noise_dbfs + _ABOVE_NOISE_DB)
    share = float(np.mean(take.frames_dbfs > threshold))
    if share >= _MIN_SPEECH_SHARE:
        return None
    return QualityFlag(
        code="little_speech",
        severity="warning",
        message=f"Only {100 * share:.0f} % of the take is louder than its background. "
        "The sentences may be missing or very short.",
        value=100 * share,
        unit="%",
    )


def _constant_offset(take: _Take) -> QualityFlag | None:
    offset = float(np.abs(take.samples.mean(axis=0, dtype=np.float64)).max())
    if offset < _MAX_OFFSET:
        return None
    return QualityFlag(
        code="constant_offset",
        severity="info",
        message=f"The waveform sits {100 * offset:.1f} % of full scale beside zero, a fault of the sound card "
        "that can be filtered out.",
        value=100 * offset,
        unit="%",
    )


def _narrow_band(take: _Take) -> QualityFlag | None:
    edge_hz = bandwidth_hz(take.samples, sample_rate_hz=take.sample_rate_hz)
    if edge_hz >= _NARROW_HZ:
        return None
    return QualityFlag(
        code="narrow_band",
        severity="warning",
        message=f"Nothing is heard above {edge_hz / 1000:.1f} kHz, as over a telephone or a Bluetooth headset.",
        value=edge_hz,
        unit="Hz",
    )


def _digital_silence(take: _Take) -> QualityFlag | None:
    zero_s = longest_zero_s(take.samples, sample_rate_hz=take.sample_rate_hz)
    if zero_s < _MAX_ZERO_S or take.active_dbfs == FLOOR_DBFS:
        return None
    return QualityFlag(
        code="digital_silence",
        severity="warning",
        message=f"For {zero_s:.2f} s at a stretch every sample is exactly zero, which no microphone does: noise "
        "suppression was on or sound was lost.",
        value=zero_s,
        unit="s",
    )


def _one_voice(take: _Take) -> QualityFlag | None:
    evidence = overlap_evidence(take.samples, sample_rate_hz=take.sample_rate_hz)
    if evidence >= _MIN_OVERLAP_EVIDENCE:
        return None
    return QualityFlag(
        code="one_voice",
        severity="info",
        message="Little speaks for two voices at the same time: there are many pauses, or one pitch explains most of "
        "the sound. This is a guess; please listen whether both speak, and at once.",
        value=evidence,
        unit="",
    )


_LOOKS: Final[tuple[Callable[[_Take], QualityFlag | None], ...]] = (
    _low_level,
    _hot_level,
    _high_noise_floor,
    _cut_at_start,
    _cut_at_end,
    _little_speech,
    _constant_offset,
    _narrow_band,
    _digital_silence,
    _one_voice,
)
