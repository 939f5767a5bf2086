"""Putting a run together: corpus, mixing stream, validation set, task, trainer."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from modeling.bundles import read_bundle
from modeling.data.bank import load_clips
from modeling.data.corpus import Clip, Split, read_clips
from modeling.data.halves import clips_of_half
from modeling.data.mixing import DynamicMixer
from modeling.data.surroundings import load_surroundings
from modeling.data.testset import draw_fixed_mixtures, render_mixtures
from modeling.errors import InputRefused
from modeling.models.configs import EstimatorConfig
from modeling.runs.config import RunConfig
from modeling.training.checkpoints import LAST_NAME
from modeling.training.estimation import build_estimation_task
from modeling.training.tasks import SeparationTask, Task
from modeling.training.trainer import Trainer

VALIDATION_SEED = 7


def assemble(run: RunConfig, *, corpus: Path, folder: Path, device: torch.device) -> Trainer:
    """Build the trainer of a run; a checkpoint in its folder is resumed."""
    trainer = Trainer(run, task=_build_task(run, corpus=corpus, device=device), folder=folder, device=device)
    if (folder / LAST_NAME).is_file():
        trainer.resume(folder / LAST_NAME)
    elif run.continue_from is not None:
        bundle = read_bundle(run.continue_from)
        if bundle.config.learned != run.model.learned:
            raise InputRefused(f"Bundle {bundle.path} has another configuration than run {run.name!r}.")
        trainer.start_from({name: value.float() for name, value in load_file(bundle.weights_path).items()})
    return trainer


def build_mixer(run: RunConfig, *, corpus: Path, split: Split = "train") -> DynamicMixer:
    """Decode a split's speech into memory and open the mixing stream; noises and rooms are those of training."""
    rate_hz = run.sample_rate_hz
    clips = clips_of_half(read_clips(corpus, split=split), run.mixing.speaker_half)
    return DynamicMixer(
        load_clips(
            _spread(clips, run.mixing.most_clips),
            corpus=corpus,
            sample_rate_hz=rate_hz,
            speeds_percent=run.mixing.speeds_percent,
        ),
        surroundings=load_surroundings(corpus, config=run.mixing, sample_rate_hz=rate_hz),
        config=run.mixing,
        sample_rate_hz=rate_hz,
        seed=run.seed,
    )


def _build_task(run: RunConfig, *, corpus: Path, device: torch.device) -> Task:
    if isinstance(run.model, EstimatorConfig):
        return build_estimation_task(run, device=device)
    clips = read_clips(corpus, split="valid")
    fixed = draw_fixed_mixtures(clips, count=run.validation_mixtures, seed=VALIDATION_SEED)
    validation = list(render_mixtures(fixed, corpus=corpus, sample_rate_hz=run.sample_rate_hz))
    return SeparationTask(
        mixer=build_mixer(run, corpus=corpus),
        validation=validation,
        device=device,
        sample_rate_hz=run.sample_rate_hz,
    )


def _spread(clips: list[Clip], most: int | None) -> list[Clip]:
    return clips if most is None else clips[:: max(1, len(clips) // most)]
