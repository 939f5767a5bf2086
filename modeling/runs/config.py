"""What a training run is: plain typed values. `modeling/runs/settings.py` changes them by name."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from modeling.data.mixing_config import MixingConfig as MixingConfig
from modeling.errors import InputRefused
from modeling.manifest import Convention
from modeling.models.configs import BlstmConfig, ModelConfig
from modeling.runs.pool_config import PoolConfig as PoolConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """What a separator is trained on; an estimator's loss belongs to its model."""

    kind: Literal["auto", "pit_si_snr", "pit_snr", "mixit", "remixit", "deep_clustering"] = "auto"
    """`auto` is the model's own loss where it has one (deep clustering), otherwise `pit_si_snr`.

    `mixit` adds pairs of mixtures of a batch and needs no sources; give the model twice their outputs.
    `remixit` needs no sources either: a teacher, at first the bundle of `continue_from`, separates the mixtures of a
    batch, and the model learns to separate what its shuffled stems add up to.
    """
    teacher: Literal["average", "frozen"] = "average"
    """RemixIT's teacher: the running average of the weights (`optimisation.ema_decay`), or the bundle as it was."""
    ceiling: Literal["hard", "soft", "none"] = "hard"
    """Items that reach the ceiling are dropped from the mean (`hard`, the recipes' -30 dB), bent, or kept."""
    ceiling_db: float = 30.0
    """Where the ceiling is, dB."""
    stft_weight: float = 0.0
    """How much of the multi-resolution STFT loss is added to a permutation-invariant one; 0.1 is a start."""
    convention: Convention = "reverberant"
    """What the stems should be: the voice before the room, with its early reflections, or as at the microphone."""

    def __post_init__(self) -> None:
        if not self.stft_weight >= 0:
            raise InputRefused(f"loss.stft_weight must not be below 0, as {self.stft_weight} is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisationConfig:
    """AdamW with warm-up, over `max_steps` or, if set, over `max_minutes`."""

    batch_size: int = 16
    """Mixtures in a batch, of each process."""
    batch_s: float | None = None
    """Seconds of audio in a batch, a budget of memory; if set, it decides the batch size instead."""
    learning_rate: float = 1e-3
    """Of AdamW, at its highest, after the warm-up."""
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    """`cosine` falls to nearly zero at the end of the run, by its steps or its time; `plateau` by validations."""
    plateau_factor: float = 0.5
    """What `plateau` multiplies the rate by."""
    plateau_patience: int = 3
    """Validations without a better score before the rate falls by `plateau_factor`."""
    stop_after_validations: int | None = None
    """Early stopping: end the run after so many validations without a better score."""
    weight_decay: float = 1e-2
    """Of AdamW, apart from the gradient."""
    warmup_steps: int = 300
    """Steps over which the rate rises from zero."""
    max_steps: int = 20_000
    """Steps after which the run ends, unless `max_minutes` is set."""
    max_minutes: float | None = None
    """Minutes of training after which the run ends, summed over its resumed parts; validations count."""
    clip_norm: float = 5.0
    """Gradients of a larger norm are scaled down to it."""
    ema_decay: float = 0.999
    """Of the running average of the weights, which is what is validated and packaged; 0 is no average."""
    precision: Literal["fp32", "bf16", "fp16"] = "bf16"
    """Of products in the forward pass; weights and losses stay in single precision. fp16 needs a GPU."""

    def __post_init__(self) -> None:
        for name in (
            "batch_size",
            "batch_s",
            "max_steps",
            "max_minutes",
            "clip_norm",
            "stop_after_validations",
            "learning_rate",
            "plateau_factor",
            "plateau_patience",
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputRefused(f"optimisation.{name} must be above 0, not {value}.")
        if not 0 <= self.ema_decay < 1:
            raise InputRefused(f"optimisation.ema_decay must be from 0 to below 1, not {self.ema_decay}.")
        for name in ("warmup_steps", "weight_decay"):
            if not getattr(self, name) >= 0:
                raise InputRefused(f"optimisation.{name} must not be below 0, as {getattr(self, name)} is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """A part of a run with mixtures of its own; optimiser, average and schedule go on across stages."""

    share: float
    """Of the run's steps or time, 0 to 1; the shares of all stages add up to 1."""
    mixing: MixingConfig
    batch_size: int | None = None
    batch_s: float | None = None
    """As in the optimisation's settings, which hold where neither is set."""
    learning_rate_factor: float = 1.0
    """On the run's rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One training run, complete."""

    name: str
    model: ModelConfig = field(default_factory=BlstmConfig)
    mixing: MixingConfig = field(default_factory=MixingConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimisation: OptimisationConfig = field(default_factory=OptimisationConfig)
    pool: PoolConfig = field(default_factory=PoolConfig)
    stages: tuple[StageConfig, ...] = ()
    """Parts of the run with mixtures of their own instead of `mixing`, in order; none means one whole."""
    sample_rate_hz: int = 8000
    """Of training, and of the bundle made from it."""
    seed: int = 1
    """Of weights, dropout and mixtures; the same seed draws the same run."""
    validation_mixtures: int = 150
    """Fixed mixtures of validation speakers that the run is scored on."""
    validate_every_s: float = 120.0
    """Seconds between validations, checkpoints and log lines; a killed run loses at most this much."""
    keep_at_percent: tuple[float, ...] = ()
    """Keep the averaged weights at these parts of the run as well, as `at_PERCENT.pt`."""
    tensorboard: bool = False
    """Write the log for TensorBoard too, to RUN/tensorboard."""
    continue_from: Path | None = None
    """A bundle whose weights the run starts from."""

    def __post_init__(self) -> None:
        _refuse_impossible(self.model)
        if self.stages and abs(sum(stage.share for stage in self.stages) - 1.0) > 1e-6:
            shares = ", ".join(f"{stage.share:g}" for stage in self.stages)
            raise InputRefused(f"The shares of the stages of run {self.name!r} must add up to 1: {shares}.")
        for name in ("sample_rate_hz", "validation_mixtures"):
            if getattr(self, name) < 1:
                raise InputRefused(f"{name} must be above 0, not {getattr(self, name)}.")
        for name in ("seed", "validate_every_s"):
            if not getattr(self, name) >= 0:
                raise InputRefused(f"{name} must not be below 0, as {getattr(self, name)} is.")
        if any(not 0 < percent <= 100 for percent in self.keep_at_percent):
            raise InputRefused(f"keep_at_percent must lie above 0 and up to 100, not {self.keep_at_percent}.")


def _refuse_impossible(model: ModelConfig) -> None:
    """Counts and sizes of a network start at one, and dropout is a share."""
    for name in (entry.name for entry in fields(model)):
        value = getattr(model, name)
        if isinstance(value, int) and not isinstance(value, bool) and value < 1:
            raise InputRefused(f"model.{name} must be 1 or more, not {value}.")
        if name == "dropout" and not 0.0 <= value < 1.0:
            raise InputRefused(f"model.dropout must be from 0 to below 1, not {value}.")


def staged(run: RunConfig, *, done: float) -> int:
    """Which stage a run is in when `done` (0 to 1) of it is; 0 where there are none."""
    reached = 0.0
    for index, stage in enumerate(run.stages):
        reached += stage.share
        if done < reached - 1e-9:
            return index
    return max(0, len(run.stages) - 1)
