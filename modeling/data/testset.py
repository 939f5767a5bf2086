"""Fixed sets of mixtures: drawn once from a seed, frozen in a manifest, rebuilt from the corpus.

`TEST_SETS` names the shipped ones; all but the first are drawn by modeling/data/scene_drawing.py. How the clean
set is drawn: two clips of two different speakers of the split, 70 % of the pairs within one source
corpus and the rest across; both cut to the length of the shorter one, at most 8 s, so that they overlap fully;
levels set so that the first is `sir_db` above the second, uniform within +-5 dB; the sum peaks at 0.9 of full
scale at most. Lossless clips only (seed 20260). Sexes fall as they fall, and scores are also given apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from modeling.data.corpus import Clip
from modeling.data.rooms import Heard
from modeling.data.scenes import (
    FixedScene,
    SceneSignals,
    parse_scene,
    read_at,
    reference_snr_db,
    render_scene,
)
from modeling.errors import InputRefused
from modeling.manifest import Convention
from modeling.waveforms import Samples

SAME_SOURCE_SHARE = 0.7
SIR_RANGE_DB = 5.0
LONGEST_S = 8.0
FROZEN_CLEAN_TEST = Path(__file__).parent / "clean_test_300.jsonl"
TEST_SETS: dict[str, Path] = {
    "clean": FROZEN_CLEAN_TEST,
    **{
        name: Path(__file__).parent / "testsets" / f"{name}.jsonl"
        for name in ("noisy", "reverberant", "noisy_reverberant", "clean_3")
    },
}
NEAR_FLOOR_DB = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedMixture:
    """One frozen mixture: two clips, their level difference and the common length."""

    first: str
    second: str
    sir_db: float
    duration_s: float
    is_same_source: bool
    sexes: str
    """`same`, `different` or `unknown`."""


AnyMixture = FixedMixture | FixedScene


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedMixture:
    """A frozen mixture as signals: mixture `(samples)`, sources `(sources, samples)` in three conventions.

    `sources_ct` are the voices as at the microphone; without a room the three are the same tensor.
    `reference_snr_db` says of each source how far the background of its own recording lies below it.
    """

    mixture: AnyMixture
    mix_t: Tensor
    sources_ct: Tensor
    early_ct: Tensor
    dry_ct: Tensor
    noise_t: Tensor
    reference_snr_db: tuple[float, ...]

    def references(self, convention: Convention) -> Tensor:
        """The sources in one convention."""
        by_name = {"dry": self.dry_ct, "early": self.early_ct, "reverberant": self.sources_ct}
        return by_name[convention]


def is_near_floor(si_snr_db: float, *, reference_snr_db: float) -> bool:
    """Whether a label is so high that the background in its reference decides it."""
    return si_snr_db > reference_snr_db - NEAR_FLOOR_DB


def draw_fixed_mixtures(clips: Sequence[Clip], *, count: int, seed: int) -> list[FixedMixture]:
    """Draw a set; the same clips and seed give the same set on every machine (Python's own generator)."""
    rng = random.Random(seed)
    usable = sorted((clip for clip in clips if clip.is_lossless), key=lambda clip: clip.path.as_posix())
    if len({clip.speaker_id for clip in usable}) < 2:
        raise InputRefused("A fixed set needs lossless clips (FLAC or WAV) of at least two speakers.")
    return [_draw_one(rng, usable) for _ in range(count)]


def read_fixed_mixtures(path: Path) -> list[AnyMixture]:
    """Read a frozen set; a wrong line is refused with its number."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"The fixed set {path} cannot be read: {error}.") from error
    return [_parse(line, where=f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def render_mixtures(
    mixtures: Sequence[AnyMixture], *, corpus: Path, sample_rate_hz: int
) -> Iterator[RenderedMixture]:
    """Read and mix, one at a time."""
    for mixture in mixtures:
        if isinstance(mixture, FixedScene):
            signals = render_scene(mixture, corpus=corpus, sample_rate_hz=sample_rate_hz)
            floors_db = tuple(voice.reference_snr_db for voice in mixture.voices)
        else:
            signals = _render_pair(mixture, corpus=corpus, sample_rate_hz=sample_rate_hz)
            floors_db = tuple(
                round(reference_snr_db(source, sample_rate_hz=sample_rate_hz), 1)
                for source in signals.heard.reverberant_ct
            )
        yield _as_tensors(mixture, signals, floors_db)


def _as_tensors(mixture: AnyMixture, signals: SceneSignals, floors_db: tuple[float, ...]) -> RenderedMixture:
    heard = signals.heard
    sources_ct, noise_t = torch.from_numpy(heard.reverberant_ct), torch.from_numpy(signals.noise_t)
    return RenderedMixture(
        mixture=mixture,
        mix_t=sources_ct.sum(dim=0) + noise_t,
        sources_ct=sources_ct,
        early_ct=torch.from_numpy(heard.early_ct) if heard.has_room else sources_ct,
        dry_ct=torch.from_numpy(heard.dry_ct) if heard.has_room else sources_ct,
        noise_t=noise_t,
        reference_snr_db=floors_db,
    )


def _render_pair(mixture: FixedMixture, *, corpus: Path, sample_rate_hz: int) -> SceneSignals:
    pair = [read_at(corpus / path, sample_rate_hz) for path in (mixture.first, mixture.second)]
    # Manifests round durations: a clip may be a few samples shorter than its own says.
    length = min(int(mixture.duration_s * sample_rate_hz), *(len(samples) for samples in pair))
    pair = [_unit_rms(samples[:length]) for samples in pair]
    sources = np.stack([pair[0] * 10 ** (mixture.sir_db / 40), pair[1] * 10 ** (-mixture.sir_db / 40)])
    sources = (sources * (0.9 / np.abs(sources.sum(axis=0)).max())).astype(np.float32)
    return SceneSignals(heard=Heard.without_room(sources), noise_t=np.zeros(length, dtype=np.float32))


def _parse(line: str, *, where: str) -> AnyMixture:
    try:
        row = json.loads(line)
        if "first" in row:
            return FixedMixture(**row)
    except (ValueError, TypeError) as error:
        raise InputRefused(f"{where}: this is not a mixture of a fixed set ({error}).") from error
    return parse_scene(row, where=where)


def _draw_one(rng: random.Random, clips: Sequence[Clip]) -> FixedMixture:
    wants_same_source = rng.random() < SAME_SOURCE_SHARE
    is_mixed = len({clip.source for clip in clips}) > 1
    while True:
        first, second = clips[rng.randrange(len(clips))], clips[rng.randrange(len(clips))]
        is_same_source = first.source == second.source
        if first.speaker_id != second.speaker_id and (is_same_source == wants_same_source or not is_mixed):
            break
    return FixedMixture(
        first=first.path.as_posix(),
        second=second.path.as_posix(),
        sir_db=round(rng.uniform(-SIR_RANGE_DB, SIR_RANGE_DB), 3),
        duration_s=min(first.duration_s, second.duration_s, LONGEST_S),
        is_same_source=is_same_source,
        sexes=_sexes(first, second),
    )


def _sexes(first: Clip, second: Clip) -> str:
    if not first.gender or not second.gender:
        return "unknown"
    return "same" if first.gender == second.gender else "different"


def _unit_rms(samples: Samples) -> Samples:
    centred = samples - samples.mean()
    scaled: Samples = centred / np.sqrt(np.square(centred).mean() + 1e-12)
    return scaled
