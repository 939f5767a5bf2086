"""RemixIT's teacher: the bundle that a run goes on from, or the average of the weights that the run keeps anyway."""

from __future__ import annotations

import torch
from torch import nn

from modeling.building import build_model, load_model
from modeling.bundles import read_bundle
from modeling.errors import InputRefused
from modeling.runs.config import RunConfig
from modeling.training.averaging import WeightAverage


def build_teacher(run: RunConfig, *, average: WeightAverage, device: torch.device) -> nn.Module | None:
    """The teacher of a run whose loss is `remixit`, ready to infer and without gradients; nothing for others.

    One that follows is made of the very tensors of `average`, which are updated in place and are part of every
    checkpoint: it needs no state of its own.
    """
    if run.loss.kind != "remixit":
        return None
    if run.continue_from is None:
        raise InputRefused(
            "loss.kind=remixit learns from a trained separator: name its bundle with --set continue_from=BUNDLE."
        )
    if run.loss.teacher == "frozen":
        return load_model(read_bundle(run.continue_from), device=device).requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        teacher = build_model(run.model).to(device)
    teacher.load_state_dict(average.weights, assign=True)
    return teacher.eval().requires_grad_(False)
