"""Putting a run together: corpus, mixing stream, validation set, pool, trainer."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from modeling.building import load_model
from modeling.bundles import read_bundle
from modeling.data.bank import load_clips, load_signals
from modeling.data.corpus import Clip, read_clips, read_noises, read_rooms
from modeling.data.mixing import DynamicMixer, MixtureBatch, Surroundings
from modeling.data.rooms import RoomBank
from modeling.data.testset import RenderedMixture, draw_fixed_mixtures, render_mixtures
from modeling.errors import InputRefused
from modeling.models.configs import SisnrEstimatorConfig
from modeling.runs.config import RunConfig
from modeling.training.checkpoints import LAST_NAME
from modeling.training.estimation import EstimationTask, LabelledStems, label_stems
from modeling.training.pool import SeparatorPool
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


def build_mixer(run: RunConfig, *, corpus: Path) -> DynamicMixer:
    """Decode the training split into memory and open the mixing stream."""
    rate_hz = run.sample_rate_hz
    responses = read_rooms(corpus, split="train") if run.mixing.reverberant_share else []
    noises = read_noises(corpus, split="train") if run.mixing.noisy_share else []
    signals = load_signals([response.path for response in responses], corpus=corpus, sample_rate_hz=rate_hz)
    return DynamicMixer(
        load_clips(
            _spread(read_clips(corpus, split="train"), run.mixing.most_clips),
            corpus=corpus,
            sample_rate_hz=rate_hz,
            speeds_percent=run.mixing.speeds_percent,
        ),
        surroundings=Surroundings(
            noises=load_signals(noises, corpus=corpus, sample_rate_hz=rate_hz),
            rooms=RoomBank(list(zip(responses, signals, strict=True)), sample_rate_hz=rate_hz),
        ),
        config=run.mixing,
        sample_rate_hz=rate_hz,
        seed=run.seed,
    )


def _build_task(run: RunConfig, *, corpus: Path, device: torch.device) -> Task:
    clips = read_clips(corpus, split="valid")
    fixed = draw_fixed_mixtures(clips, count=run.validation_mixtures, seed=VALIDATION_SEED)
    validation = list(render_mixtures(fixed, corpus=corpus, sample_rate_hz=run.sample_rate_hz))
    if not isinstance(run.model, SisnrEstimatorConfig):
        return SeparationTask(
            mixer=build_mixer(run, corpus=corpus),
            validation=validation,
            device=device,
            sample_rate_hz=run.sample_rate_hz,
        )
    separators = _load_separators(run, device)
    return EstimationTask(
        mixer=build_mixer(run, corpus=corpus),
        pool=SeparatorPool(separators, blend_share=run.pool.blend_share, seed=run.seed),
        config=run.model,
        validation=_separated(validation, separators, device),
        device=device,
    )


def _spread(clips: list[Clip], most: int | None) -> list[Clip]:
    return clips if most is None else clips[:: max(1, len(clips) // most)]


def _load_separators(run: RunConfig, device: torch.device) -> list[nn.Module]:
    folder = run.pool.folder
    paths = sorted(folder.glob("*/bundle.json")) if folder is not None else []
    if not paths:
        raise InputRefused(
            f"Run {run.name!r} needs a pool of separators: --set pool.folder=DIR with bundles in it, not {folder}."
        )
    bundles = [read_bundle(path.parent) for path in paths]
    wrong = [bundle.name for bundle in bundles if bundle.kind != "separator"]
    if wrong:
        raise InputRefused(f"The pool {folder} holds {wrong[0]!r}, which is not a separator.")
    return [load_model(bundle, device=device) for bundle in bundles]


@torch.no_grad()
def _separated(
    validation: list[RenderedMixture], separators: list[nn.Module], device: torch.device
) -> list[LabelledStems]:
    """Stems of the validation mixtures, each by the next separator of the pool in turn."""
    pools = [SeparatorPool([separator], blend_share=0.0, seed=0) for separator in separators]
    labelled = []
    for index, item in enumerate(validation):
        batch = MixtureBatch.without_room(
            mix_bt=item.mix_t[None], sources_bct=item.sources_ct[None]
        ).to(device)
        labelled.append(label_stems(batch, pools[index % len(pools)].make_stems(batch)))
    return labelled
