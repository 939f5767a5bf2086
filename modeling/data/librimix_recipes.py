"""LibriMix from its recipe tables: the same waveforms that its scripts write, from LibriSpeech and WHAM! noise.

A row names utterances, a noise and a gain for each. Sources are scaled at 16 kHz, resampled by a polyphase filter
and cut to the shortest (`min`) or padded to the longest (`max`). A noise that is too short is continued by itself
with a cross-fade of half a second. Mixtures are plain sums: `clean` the voices, `both` the voices and the noise,
`single` the first voice and the noise (Cosentino et al., 2020, arXiv 2005.11262).

Shape suffixes: c voices, t samples.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from modeling.errors import InputRefused

Mode = Literal["min", "max"]
MixKind = Literal["clean", "both", "single"]
Wave = NDArray[np.float32]
RATE_HZ = 16_000
"""Of LibriSpeech and of WHAM! noise; the recipes' gains are for this rate."""
FADE_SAMPLES = RATE_HZ // 2 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One row of a table; paths are absolute."""

    mixture_id: str
    voices: tuple[Path, ...]
    voice_gains: tuple[float, ...]
    noise: Path
    noise_gain: float
    where: str
    """Table and line, for a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The signals of one recipe, all of one length; a noise that was continued is in double precision, as theirs."""

    voices_ct: Wave
    noise_t: NDArray[np.floating]

    def mixture_t(self, kind: MixKind) -> Wave:
        """The sum that LibriMix calls `mix_KIND`."""
        voices_ct = self.voices_ct[:1] if kind == "single" else self.voices_ct
        parts = [*voices_ct] if kind == "clean" else [*voices_ct, self.noise_t]
        mix_t = np.zeros(self.voices_ct.shape[1], dtype=np.float32)
        for part_t in parts:
            np.add(mix_t, part_t, out=mix_t, casting="same_kind")
        return mix_t


def read_recipes(table: Path, *, librispeech: Path, wham_noise: Path) -> Iterator[Recipe]:
    """The rows of `libri2mix_dev-clean.csv` and its like; InputRefused names the table, line and field."""
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            numbers = _voice_numbers(table, reader.fieldnames or [])
            for line, row in enumerate(reader, start=2):
                where = f"{table}, line {line}"
                yield Recipe(
                    mixture_id=_filled(row, "mixture_ID", where),
                    voices=tuple(librispeech / _filled(row, f"source_{n}_path", where) for n in numbers),
                    voice_gains=tuple(_gain(row, f"source_{n}_gain", where) for n in numbers),
                    noise=wham_noise / _filled(row, "noise_path", where),
                    noise_gain=_gain(row, "noise_gain", where),
                    where=where,
                )
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"The recipe table {table} cannot be read: {error}.") from error


def render(recipe: Recipe, *, sample_rate_hz: int, mode: Mode) -> Rendered:
    """Voices and noise of a recipe at 8,000 or 16,000 Hz; any other rate works and is nobody's LibriMix."""
    voices = [_read(path, recipe.where) for path in recipe.voices]
    longest = max(len(voice_t) for voice_t in voices)
    noise_t = extended(_read(recipe.noise, recipe.where, stop=longest), longest, where=recipe.where)
    gains = (*recipe.voice_gains, recipe.noise_gain)
    waves: list[NDArray[np.floating]] = [*voices, noise_t]
    scaled = [wave_t * gain for wave_t, gain in zip(waves, gains, strict=True)]
    resampled = [resample_poly(wave_t, sample_rate_hz, RATE_HZ) for wave_t in scaled]
    lengths = [len(wave_t) for wave_t in resampled]
    length = min(lengths) if mode == "min" else max(lengths)
    fitted = [np.pad(wave_t[:length], (0, max(0, length - len(wave_t)))) for wave_t in resampled]
    return Rendered(voices_ct=np.stack(fitted[:-1]), noise_t=fitted[-1])


def extended(noise_t: Wave, length: int, *, where: str = "a noise") -> NDArray[np.floating]:
    """A noise of at least `length` samples cut, a shorter one repeated with cross-faded seams."""
    if len(noise_t) >= length:
        return noise_t[:length]
    if len(noise_t) <= FADE_SAMPLES:
        raise InputRefused(
            f"{where}: the noise has {len(noise_t)} samples; to be repeated it needs more than {FADE_SAMPLES}."
        )
    rising_t = np.hanning(2 * FADE_SAMPLES - 1)[:FADE_SAMPLES]
    grown_t: NDArray[np.floating] = noise_t
    while len(grown_t) < length:
        seam_t = grown_t[-FADE_SAMPLES:] * rising_t[::-1] + noise_t[:FADE_SAMPLES] * rising_t
        grown_t = np.concatenate([grown_t[:-FADE_SAMPLES], seam_t, noise_t[FADE_SAMPLES:]])
    return grown_t[:length]


def _read(path: Path, where: str, *, stop: int | None = None) -> Wave:
    try:
        samples_tc, rate_hz = soundfile.read(path, dtype="float32", stop=stop, always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InputRefused(
            f"{where}: {path} cannot be read ({error}). Name the folders with --librispeech and --wham-noise."
        ) from error
    if rate_hz != RATE_HZ:
        raise InputRefused(f"{where}: {path} is at {rate_hz} Hz; the recipes are for {RATE_HZ} Hz.")
    first_t: Wave = samples_tc[:, 0]
    return first_t


def _voice_numbers(table: Path, names: Sequence[str]) -> list[int]:
    found = sorted(int(match[1]) for name in names if (match := re.fullmatch(r"source_(\d+)_gain", name)))
    if not found or "noise_gain" not in names:
        raise InputRefused(
            f"{table} has no columns source_1_gain and noise_gain: it is no recipe table of LibriMix."
        )
    return found


def _filled(row: dict[str, str], name: str, where: str) -> str:
    if not row.get(name):
        raise InputRefused(f'{where}: "{name}" must be filled in.')
    return row[name]


def _gain(row: dict[str, str], name: str, where: str) -> float:
    text = _filled(row, name, where)
    try:
        gain = float(text)
    except ValueError:
        gain = float("nan")
    if not (np.isfinite(gain) and gain >= 0):
        raise InputRefused(f'{where}: "{name}" must be a gain from 0, not {text!r}.')
    return gain
