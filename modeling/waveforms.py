"""Waveform files in and out for modeling: the one place that opens audio here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from modeling.errors import InputRefused

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """Mono samples with their rate; full scale is 1.0."""

    samples: Samples
    sample_rate_hz: int


def read_waveform(path: Path) -> Waveform:
    """Decode a file to mono (the mean of its channels); refuse what is not audio, empty or not finite."""
    if not path.is_file():
        raise InputRefused(f"There is no audio file {path}.")
    try:
        frames, sample_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InputRefused(f"{path} cannot be decoded as audio: {error}") from error
    samples: Samples = frames.mean(axis=1)
    if not samples.size:
        raise InputRefused(f"{path} holds no samples.")
    if not np.isfinite(samples).all():
        raise InputRefused(f"{path} holds samples that are not numbers (NaN or infinite).")
    return Waveform(samples=samples, sample_rate_hz=int(sample_rate_hz))


def read_samples(path: Path, *, sample_rate_hz: int) -> Samples:
    """Decode a file to mono at the rate asked for; resampling keeps time aligned."""
    waveform = read_waveform(path)
    return resampled(waveform.samples, from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz)


def resampled(samples: Samples, *, from_hz: float, to_hz: float) -> Samples:
    if from_hz == to_hz:
        return samples
    result: Samples = soxr.resample(samples, from_hz, to_hz).astype(np.float32)
    # A file of a few samples may round to nothing at a lower rate; one sample is the least a signal has.
    return result if result.size else samples[:1]


def write_stems(stems_ct: Samples, *, folder: Path, name: str, sample_rate_hz: int) -> list[Path]:
    """Write one file per stem, `NAME_stem1.flac` and so on; return their paths.

    16-bit FLAC, unless a stem exceeds full scale: then all stems are 32-bit float WAV, since a clipped or
    rescaled stem would no longer add up to the mixture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fits = bool(np.abs(stems_ct).max(initial=0.0) <= 1.0)
    suffix, container, encoding = (".flac", "FLAC", "PCM_16") if fits else (".wav", "WAV", "FLOAT")
    paths = [folder / f"{name}_stem{number}{suffix}" for number in range(1, len(stems_ct) + 1)]
    for path, stem in zip(paths, stems_ct, strict=True):
        aside = path.with_name(path.name + ".part")
        soundfile.write(aside, stem, sample_rate_hz, format=container, subtype=encoding)
        aside.replace(path)
    return paths
