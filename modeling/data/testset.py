"""Fixed sets of two-speaker mixtures: drawn once from a seed, frozen in a manifest, rebuilt from the corpus.

How a set is drawn: two clips of two different speakers of the split, 70 % of the pairs within one source
corpus and the rest across; both cut to the length of the shorter one, at most 8 s, so that they overlap fully;
levels set so that the first is `sir_db` above the second, uniform within +-5 dB; the sum peaks at 0.9 of full
scale at most. Lossless clips only. Sexes fall as they fall, and scores are also given apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from modeling.acoustics import change_rate
from modeling.data.corpus import Clip
from modeling.errors import InputRefused
from modeling.waveforms import Samples, read_mono

SAME_SOURCE_SHARE = 0.7
SIR_RANGE_DB = 5.0
LONGEST_S = 8.0
FROZEN_CLEAN_TEST = Path(__file__).parent / "clean_test_300.jsonl"
FROZEN_SEED = 20260


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedMixture:
    """A frozen mixture as signals: mixture `(samples)`, sources `(2, samples)`."""

    mixture: FixedMixture
    mix_t: Tensor
    sources_ct: Tensor


def draw_fixed_mixtures(clips: Sequence[Clip], *, count: int, seed: int) -> list[FixedMixture]:
    """Draw a set; the same clips and seed give the same set on every machine (Python's own generator)."""
    rng = random.Random(seed)
    usable = sorted((clip for clip in clips if clip.is_lossless), key=lambda clip: clip.path.as_posix())
    if len({clip.speaker_id for clip in usable}) < 2:
        raise InputRefused("A fixed set needs lossless clips (FLAC or WAV) of at least two speakers.")
    return [_draw_one(rng, usable) for _ in range(count)]


def write_fixed_mixtures(path: Path, mixtures: Sequence[FixedMixture]) -> None:
    path.write_text("".join(json.dumps(asdict(mixture)) + "\n" for mixture in mixtures), encoding="utf-8")


def read_fixed_mixtures(path: Path) -> list[FixedMixture]:
    return [FixedMixture(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def render_mixtures(
    mixtures: Sequence[FixedMixture], *, corpus: Path, sample_rate_hz: int
) -> Iterator[RenderedMixture]:
    """Read and mix, one at a time."""
    for mixture in mixtures:
        pair = [_read_lossless(corpus / path, sample_rate_hz) for path in (mixture.first, mixture.second)]
        # Manifests round durations: a clip may be a few samples shorter than its own says.
        length = min(int(mixture.duration_s * sample_rate_hz), *(len(samples) for samples in pair))
        pair = [_unit_rms(samples[:length]) for samples in pair]
        sources = np.stack([pair[0] * 10 ** (mixture.sir_db / 40), pair[1] * 10 ** (-mixture.sir_db / 40)])
        sources = sources * (0.9 / np.abs(sources.sum(axis=0)).max())
        sources_ct = torch.from_numpy(sources.astype(np.float32))
        yield RenderedMixture(mixture=mixture, mix_t=sources_ct.sum(dim=0), sources_ct=sources_ct)


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


def _read_lossless(path: Path, sample_rate_hz: int) -> Samples:
    waveform = read_mono(path)
    samples_t = torch.from_numpy(waveform.samples)
    return change_rate(samples_t, from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz).numpy()


def _unit_rms(samples: Samples) -> Samples:
    centred = samples - samples.mean()
    scaled: Samples = centred / np.sqrt(np.square(centred).mean() + 1e-12)
    return scaled
