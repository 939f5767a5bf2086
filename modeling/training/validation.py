"""What separators are validated on: fixed mixtures of validation speakers, as clean or as real as the run's own.

Shape suffixes: c sources, t samples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from modeling.data.bank import load_clips
from modeling.data.corpus import read_clips
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.mixing_config import MixingConfig
from modeling.data.scene_drawing import SceneKind, draw_scenes
from modeling.data.testset import AnyMixture, draw_fixed_mixtures, render_mixtures
from modeling.runs.config import RunConfig

VALIDATION_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationMixture:
    """A mixture `(t)` and what its stems should be `(c, t)`, in the convention of the run's loss."""

    mix_t: Tensor
    references_ct: Tensor


def validation_mixtures(
    run: RunConfig, *, corpus: Path, surroundings: Surroundings, mixing: MixingConfig
) -> list[ValidationMixture]:
    """Clean mixtures; if `mixing` has noise or rooms, the second half of them is drawn by it.

    The voices are of validation speakers at their own speed. Noises and rooms are those the run trains on: few
    corpora have any for validation, and the test's must stay unheard.
    """
    is_real = mixing.noisy_share > 0 or mixing.reverberant_share > 0
    count = run.validation_mixtures // 2 if is_real else 0
    clean = list(_clean(run, corpus=corpus, count=run.validation_mixtures - count))
    return [*clean, *_real(run, corpus=corpus, mixer_of=(surroundings, mixing), count=count)]


def _clean(run: RunConfig, *, corpus: Path, count: int) -> Iterator[ValidationMixture]:
    for item in render_mixtures(
        _clean_set(run, corpus=corpus, count=count), corpus=corpus, sample_rate_hz=run.sample_rate_hz
    ):
        yield ValidationMixture(mix_t=item.mix_t, references_ct=item.sources_ct)


def _clean_set(run: RunConfig, *, corpus: Path, count: int) -> Sequence[AnyMixture]:
    """Of as many voices as the run trains on."""
    speakers = run.mixing.num_sources
    if speakers == 2:
        return draw_fixed_mixtures(read_clips(corpus, split="valid"), count=count, seed=VALIDATION_SEED)
    kind = SceneKind(speakers=speakers)
    return draw_scenes(corpus, kind=kind, count=count, seed=VALIDATION_SEED, split="valid")


def _real(
    run: RunConfig, *, corpus: Path, mixer_of: tuple[Surroundings, MixingConfig], count: int
) -> Iterator[ValidationMixture]:
    if count == 0:
        return
    surroundings, mixing = mixer_of
    config = dataclasses.replace(mixing, speeds_percent=(100,), speaker_half="all", most_clips=None)
    clips = load_clips(
        read_clips(corpus, split="valid"),
        corpus=corpus,
        sample_rate_hz=run.sample_rate_hz,
        speeds_percent=config.speeds_percent,
    )
    mixer = DynamicMixer(
        clips,
        surroundings=surroundings,
        config=config,
        sample_rate_hz=run.sample_rate_hz,
        seed=VALIDATION_SEED,
    )
    for _ in range(count):
        batch = mixer.draw_batch(1)
        yield ValidationMixture(mix_t=batch.mix_bt[0], references_ct=batch.references(run.loss.convention)[0])
