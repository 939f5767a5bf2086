"""How often the quality flags of a take err: on real speech mixed cleanly, and with known faults added.

Two adult LibriSpeech readers (valid and test speakers, lossless clips), levels -6 to +6 dB apart, four in ten in
two measured small rooms; needs the corpus of docs/modeling.md (`--corpus` or REALM_CORPUS_DIR).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from audio.files import read_audio
from audio.flags import quality_flags
from audio.levels import active_level_dbfs
from audio.resample import resample
from benchmarks.report import CannotRun, Figure, Report, Target, progress
from modeling.data.corpus import Clip, find_corpus, read_clips, read_rooms
from modeling.errors import ModelingError

Samples = NDArray[np.float32]
Fault = Callable[["Take", np.random.Generator], Samples]

RATE_HZ = 16_000
SEED = 5
REVERBERANT_SHARE = 0.4
TARGETS = {
    "false_high_noise_floor": Target(at_most=0.02),
    "false_cut_at_start": Target(at_most=0.02),
    "false_cut_at_end": Target(at_most=0.02),
    "false_narrow_band": Target(at_most=0.02),
    "false_one_voice": Target(at_most=0.10),
    "found_noise_10_db": Target(at_least=0.9),
    "found_cut_at_start": Target(at_least=0.85),
    "found_narrow_band": Target(at_least=0.98),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What two readers would have recorded, and one of them alone."""

    mixture: Samples
    first: Samples


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument("--mixtures", type=int, default=400, metavar="N")


def run(arguments: argparse.Namespace) -> Report:
    try:
        corpus = find_corpus(arguments.corpus)
        takes = _draw_takes(corpus, arguments.mixtures)
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    rng = np.random.default_rng(SEED)
    raised: dict[str, list[bool]] = {}
    for number, take in enumerate(takes, start=1):
        for name, is_raised in _judge(take, rng):
            raised.setdefault(name, []).append(is_raised)
        if number % 40 == 0:
            progress(f"{number} of {arguments.mixtures} takes judged")
    figures: dict[str, Figure] = {name: float(np.mean(values)) for name, values in raised.items()}
    return Report(figures={"mixtures": arguments.mixtures, **figures}, targets=TARGETS)


def _judge(take: Take, rng: np.random.Generator) -> Iterator[tuple[str, bool]]:
    clean = _codes(take.mixture)
    for code in (
        "high_noise_floor",
        "cut_at_start",
        "cut_at_end",
        "narrow_band",
        "little_speech",
        "one_voice",
    ):
        yield f"false_{code}", code in clean
    for name, (code, spoil) in FAULTS.items():
        yield f"found_{name}", code in _codes(spoil(take, rng))


def _codes(samples: Samples) -> set[str]:
    return {flag.code for flag in quality_flags(samples[:, None], sample_rate_hz=RATE_HZ)}


def _with_noise(snr_db: float) -> Fault:
    def spoil(take: Take, rng: np.random.Generator) -> Samples:
        level_dbfs = active_level_dbfs(take.mixture[:, None], sample_rate_hz=RATE_HZ) - snr_db
        noise = rng.standard_normal(len(take.mixture)) * 10 ** (level_dbfs / 20)
        return (take.mixture + noise).astype(np.float32)

    return spoil


def _cut_start(take: Take, rng: np.random.Generator) -> Samples:
    return take.mixture[int(rng.uniform(0.5, 1.0) * RATE_HZ) :]


def _cut_end(take: Take, rng: np.random.Generator) -> Samples:
    return take.mixture[: -int(rng.uniform(0.5, 1.0) * RATE_HZ)]


def _narrowed(take: Take, rng: np.random.Generator) -> Samples:
    return resample(resample(take.mixture, from_hz=RATE_HZ, to_hz=8_000), from_hz=8_000, to_hz=RATE_HZ)


def _alone(take: Take, rng: np.random.Generator) -> Samples:
    return take.first


FAULTS: dict[str, tuple[str, Fault]] = {
    "noise_10_db": ("high_noise_floor", _with_noise(10.0)),
    "noise_15_db": ("high_noise_floor", _with_noise(15.0)),
    "noise_20_db": ("high_noise_floor", _with_noise(20.0)),
    "cut_at_start": ("cut_at_start", _cut_start),
    "cut_at_end": ("cut_at_end", _cut_end),
    "narrow_band": ("narrow_band", _narrowed),
    "one_voice": ("one_voice", _alone),
}


def _draw_takes(corpus: Path, count: int) -> Iterator[Take]:
    rng = np.random.default_rng(SEED)
    clips = [clip for split in ("valid", "test") for clip in read_clips(corpus, split=split)]
    readers = [clip for clip in clips if clip.source == "libri" and clip.is_lossless]
    rooms = _small_rooms(corpus)
    for _ in range(count):
        first, second = _two_readers(readers, rng)
        voices = [_voice(corpus / clip.path, rng) for clip in (first, second)]
        if rooms and rng.random() < REVERBERANT_SHARE:
            pair = rooms[rng.integers(len(rooms))]
            voices = [fftconvolve(voice, pair[index % len(pair)]) for index, voice in enumerate(voices)]
        # As long as the longer reader: cut to the shorter one, every other take would end inside a word.
        mixture = np.zeros(max(len(voice) for voice in voices), dtype=np.float32)
        for voice in voices:
            mixture[: len(voice)] += voice.astype(np.float32)
        yield Take(mixture=mixture, first=voices[0].astype(np.float32))


def _two_readers(readers: list[Clip], rng: np.random.Generator) -> tuple[Clip, Clip]:
    while True:
        first, second = (readers[index] for index in rng.choice(len(readers), 2, replace=False))
        if first.speaker_id != second.speaker_id:
            return first, second


def _voice(path: Path, rng: np.random.Generator) -> Samples:
    """One reader at -26 dBFS, give or take 3 dB."""
    sound = read_audio(path, max_duration_s=60)
    level_dbfs = active_level_dbfs(sound.samples, sample_rate_hz=sound.sample_rate_hz)
    return sound.samples[:, 0] * np.float32(10 ** ((-26.0 + rng.uniform(-3, 3) - level_dbfs) / 20))


def _small_rooms(corpus: Path) -> list[list[Samples]]:
    """Measured rooms with two positions or more, each response at the level of its direct sound."""
    by_room: dict[str, list[Samples]] = {}
    for response in read_rooms(corpus, split="train"):
        samples = read_audio(corpus / response.path, max_duration_s=10).samples[:, 0]
        if len(samples) < RATE_HZ:  # a tail under a second: a room, not a church
            by_room.setdefault(response.room, []).append(samples / np.abs(samples).max())
    return [positions for positions in by_room.values() if positions]
