"""Putting a run together: corpus, mixing stream, validation set, task, trainer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch

from modeling.data.bank import load_clips
from modeling.data.corpus import Clip, Split, read_clips
from modeling.data.halves import clips_of_half
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.prefetching import prefetched
from modeling.data.streaming import open_sharded_mixer
from modeling.data.surroundings import load_surroundings
from modeling.errors import InputRefused
from modeling.models.configs import EstimatorConfig, SeparatorConfig
from modeling.runs.config import MixingConfig, RunConfig
from modeling.training.checkpoints import LAST_NAME
from modeling.training.estimation import build_estimation_task
from modeling.training.objectives import refuse_misfit
from modeling.training.ranks import Ranks
from modeling.training.starting import weights_to_start_from
from modeling.training.tasks import SeparationTask, Task
from modeling.training.teaching import build_teacher
from modeling.training.trainer import Trainer
from modeling.training.validation import ValidationMixture, validation_mixtures

STAGE_STRIDE, RANK_STRIDE = 104_729, 7_919
"""Primes between the seeds of stages and of processes."""

OF_THE_RUN = (
    "num_sources",
    "speeds_percent",
    "speaker_half",
    "most_clips",
    "rooms_folder",
    "shards_folder",
    "window_clips",
    "workers",
)


def assemble(
    run: RunConfig, *, corpus: Path, folder: Path, device: torch.device, ranks: Ranks | None = None
) -> Trainer:
    """Build the trainer of a run; a checkpoint in its folder is resumed."""
    _refuse_other_outputs(run)
    ranks = ranks or Ranks()
    task = _build_task(run, corpus=corpus, device=device, rank=ranks.rank)
    trainer = Trainer(run, task=task, folder=folder, device=device, ranks=ranks)
    if not isinstance(run.model, EstimatorConfig):
        refuse_misfit(run.loss, trainer.model)
    if isinstance(task, SeparationTask):
        task.teacher = build_teacher(run, average=trainer.average, device=device)
    if (folder / LAST_NAME).is_file():
        trainer.resume(folder / LAST_NAME)
    elif run.continue_from is not None:
        fresh = trainer.model.state_dict()
        trainer.start_from(weights_to_start_from(run, run.continue_from, fresh=fresh))
    return trainer


def _refuse_other_outputs(run: RunConfig) -> None:
    """One output for each voice; but MixIT sorts stems back to mixtures, and embeddings make groups enough."""
    model, speakers = run.model, run.mixing.num_sources
    if not isinstance(model, SeparatorConfig) or run.loss.kind == "mixit":
        return
    is_enough = "num_sources" in model.free_of_weights and model.num_sources > speakers
    if model.num_sources != speakers and not is_enough:
        raise InputRefused(
            f"mixing.num_sources is {speakers}, but model.num_sources is {model.num_sources}: "
            f"add --set model.num_sources={speakers}."
        )


def build_mixer(run: RunConfig, *, corpus: Path, split: Split = "train") -> DynamicMixer:
    """Decode a split's speech into memory and open the mixing stream; noises and rooms are those of training."""
    return build_mixers(dataclasses.replace(run, stages=()), corpus=corpus, split=split)[0]


def build_mixers(
    run: RunConfig,
    *,
    corpus: Path,
    split: Split = "train",
    rank: int = 0,
    surroundings: Surroundings | None = None,
) -> list[DynamicMixer]:
    """One mixing stream for each stage, over the same voices, noises and rooms; other ranks draw other mixtures.

    What makes the voices (speakers, speeds) and the folder of rooms is read from `run.mixing` for all stages.
    """
    rate_hz, configs = run.sample_rate_hz, stage_mixings(run)
    surroundings = surroundings or _surroundings(run, corpus=corpus)
    if run.mixing.shards_folder is not None and split == "train":
        return _sharded_mixers(run, run.mixing.shards_folder, surroundings=surroundings, rank=rank)
    clips = load_clips(
        _spread(
            clips_of_half(read_clips(corpus, split=split), run.mixing.speaker_half), run.mixing.most_clips
        ),
        corpus=corpus,
        sample_rate_hz=rate_hz,
        speeds_percent=run.mixing.speeds_percent,
    )
    return [
        DynamicMixer(
            clips,
            surroundings=surroundings,
            config=config,
            sample_rate_hz=rate_hz,
            seed=stream_seed(run, stage=stage, rank=rank),
        )
        for stage, config in enumerate(configs)
    ]


def _sharded_mixers(
    run: RunConfig, folder: Path, *, surroundings: Surroundings, rank: int
) -> list[DynamicMixer]:
    return [
        open_sharded_mixer(
            folder,
            surroundings=surroundings,
            config=config,
            sample_rate_hz=run.sample_rate_hz,
            seed=stream_seed(run, stage=stage, rank=rank),
        )
        for stage, config in enumerate(stage_mixings(run))
    ]


def _surroundings(run: RunConfig, *, corpus: Path) -> Surroundings:
    """Noises and rooms as far as any stage uses them."""
    configs = stage_mixings(run)
    widest = dataclasses.replace(
        run.mixing,
        noisy_share=max(config.noisy_share for config in configs),
        reverberant_share=max(config.reverberant_share for config in configs),
    )
    return load_surroundings(corpus, config=widest, sample_rate_hz=run.sample_rate_hz)


def stream_seed(run: RunConfig, *, stage: int, rank: int) -> int:
    """Of the mixing stream of one stage in one process."""
    return run.seed + STAGE_STRIDE * stage + RANK_STRIDE * rank


def stage_mixings(run: RunConfig) -> list[MixingConfig]:
    """The mixing of every stage, with the voices and rooms of the run."""
    if not run.stages:
        return [run.mixing]
    shared = {name: getattr(run.mixing, name) for name in OF_THE_RUN}
    return [dataclasses.replace(stage.mixing, **shared) for stage in run.stages]


def _build_task(run: RunConfig, *, corpus: Path, device: torch.device, rank: int) -> Task:
    if isinstance(run.model, EstimatorConfig):
        if run.stages:
            raise InputRefused(
                f"Run {run.name!r} trains an estimator, whose stems are stored: it has no stages."
            )
        own = dataclasses.replace(run, seed=run.seed + RANK_STRIDE * rank)
        return build_estimation_task(own, device=device)
    surroundings = _surroundings(run, corpus=corpus)
    return SeparationTask(
        mixers=prefetched(
            build_mixers(run, corpus=corpus, rank=rank, surroundings=surroundings),
            seeds=[stream_seed(run, stage=stage, rank=rank) for stage in range(max(1, len(run.stages)))],
            workers=run.mixing.workers,
        ),
        objective=run.loss,
        validation=load_validation(run, corpus=corpus, surroundings=surroundings),
        device=device,
        sample_rate_hz=run.sample_rate_hz,
    )


def load_validation(
    run: RunConfig, *, corpus: Path, surroundings: Surroundings | None = None
) -> list[ValidationMixture]:
    """What a run is validated on; noises and rooms are read anew unless they are given."""
    return validation_mixtures(
        run,
        corpus=corpus,
        surroundings=surroundings or _surroundings(run, corpus=corpus),
        mixing=_most_real(stage_mixings(run)),
    )


def _most_real(mixings: Sequence[MixingConfig]) -> MixingConfig:
    """Of the stages, the one whose mixtures have noise or rooms most often."""
    return max(mixings, key=lambda mixing: mixing.noisy_share + mixing.reverberant_share)


def _spread(clips: list[Clip], most: int | None) -> list[Clip]:
    return clips if most is None else clips[:: max(1, len(clips) // most)]
