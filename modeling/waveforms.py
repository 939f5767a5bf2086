"""Mono signals from files, whole; `modeling.streaming` reads them piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioRefused
from audio.files import open_audio, read_audio
from audio.resample import resample
from modeling.errors import InputRefused

Samples = NDArray[np.float32]

LONGEST_FILE_S = 4 * 3600.0
"""A researcher's whole meeting fits; a header that claims a week is refused before memory is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonoWaveform:
    """Mono samples with their rate; full scale is 1.0."""

    samples: Samples
    sample_rate_hz: int


def unreadable(path: Path, error: OSError) -> InputRefused:
    """Why a file could not even be opened; one that opens but holds no audio is refused by the decoder."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputRefused(f"There is no audio file {path}.")
    if isinstance(error, IsADirectoryError):
        return InputRefused(f"{path} is a folder, not an audio file.")
    return InputRefused(f"The audio file {path} cannot be opened ({error.strerror}).")


def rate_of(path: Path) -> int:
    """The sample rate of a file in Hz, from its head."""
    try:
        with open_audio(path, max_duration_s=LONGEST_FILE_S) as audio:
            return audio.sample_rate_hz
    except AudioRefused as refusal:
        raise InputRefused(f"{path}: {refusal.message}") from refusal
    except OSError as error:
        raise unreadable(path, error) from error


def read_mono(path: Path) -> MonoWaveform:
    """Decode a file to mono (the mean of its channels); refuse what is not audio, empty or not finite."""
    try:
        waveform = read_audio(path, max_duration_s=LONGEST_FILE_S)
    except AudioRefused as refusal:
        raise InputRefused(f"{path}: {refusal.message}") from refusal
    except OSError as error:
        raise unreadable(path, error) from error
    if not len(waveform.samples):
        raise InputRefused(f"{path} holds no samples.")
    samples: Samples = waveform.samples.mean(axis=1)
    return MonoWaveform(samples=samples, sample_rate_hz=waveform.sample_rate_hz)


def read_samples(path: Path, *, sample_rate_hz: int) -> Samples:
    """Decode a file to mono at the rate asked for; resampling keeps time aligned."""
    waveform = read_mono(path)
    samples = resample(waveform.samples, from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz)
    # A file of a few samples may round to nothing at a lower rate; one sample is the least a signal has.
    return samples if samples.size else waveform.samples[:1]


def read_equally_long(paths: Sequence[Path], *, sample_rate_hz: int) -> list[Samples]:
    """A mixture and, behind it, its stems and references: each `(t)`, cut to the shortest of them.

    One that is more than a millisecond longer or shorter than the mixture is refused: signals made at another rate
    differ by the rounding of one resampling, not by more.
    """
    signals = [read_samples(path, sample_rate_hz=sample_rate_hz) for path in paths]
    allowed = max(2, sample_rate_hz // 1000)
    for path, signal_t in zip(paths, signals, strict=True):
        if abs(len(signal_t) - len(signals[0])) > allowed:
            raise InputRefused(
                f"{path} lasts {len(signal_t) / sample_rate_hz:.3f} s, but its mixture {paths[0]} lasts "
                f"{len(signals[0]) / sample_rate_hz:.3f} s. Stems and references must be as long as their mixture."
            )
    length = min(map(len, signals))
    return [signal_t[:length] for signal_t in signals]
