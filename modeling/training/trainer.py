"""The training loop: draw, step, average; now and then validate, log and save. It resumes where it stopped.

A run lives in one folder: `last.pt` and `best.pt` (checkpoints), `log.csv` and `run.json`. Everything that
decides the next step is in the checkpoint: weights, their average, optimiser, gradient scale, step, time, what
the validations said, and of every process its random generators and its position in the mixing stream.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from modeling.building import build_model
from modeling.catalog import model_name
from modeling.errors import InputRefused
from modeling.runs.config import RunConfig, StageConfig, staged
from modeling.training.averaging import WeightAverage
from modeling.training.checkpoints import BEST_NAME, LAST_NAME, kept_name, load_checkpoint, save_checkpoint
from modeling.training.divergence import DivergenceWatch, RunDiverged
from modeling.training.feeding import Feed
from modeling.training.logs import RunLog
from modeling.training.ranks import Ranks
from modeling.training.resuming import DESCRIPTION_NAME, CorpusNote
from modeling.training.schedule import Plateau, learning_rate, progress
from modeling.training.stopping import StopSignals
from modeling.training.tasks import Task

__all__ = ["RunDiverged", "Trainer", "TrainingOutcome"]

logger = logging.getLogger(__name__)

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """Where a run ended."""

    step: int
    best_score: float
    is_finished: bool
    folder: Path
    stopped_by: int = 0
    """The number of the signal that ended the run before its end, if one did."""


class _LossOf(nn.Module):
    """Model and loss as one module: several processes synchronise whatever the loss calls of the model."""

    def __init__(self, model: nn.Module, task: Task) -> None:
        super().__init__()
        self.model, self._task = model, task

    def forward(self, batch: Any) -> Tensor:
        return self._task.loss(self.model, batch)


class Trainer:
    """One run in one folder; `train` goes on until the run is done or `pause_after_steps` more steps are."""

    def __init__(
        self, run: RunConfig, *, task: Task, folder: Path, device: torch.device, ranks: Ranks | None = None
    ) -> None:
        self.run, self.task, self.folder, self.device = run, task, folder, device
        self.ranks = ranks or Ranks()
        torch.manual_seed(run.seed)
        self.model = build_model(run.model).to(device)
        if not self.ranks.is_first:
            torch.manual_seed(run.seed + self.ranks.rank)
        config = run.optimisation
        if config.precision == "fp16" and device.type == "cpu":
            raise InputRefused("optimisation.precision=fp16 needs a GPU; on a CPU use bf16 or fp32.")
        self.loss_of = self.ranks.wrap(_LossOf(self.model, task), device=device)
        self.average = WeightAverage(self.model, decay=config.ema_decay)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
        self.feed = Feed(task, ahead=device.type == "cuda")
        self.plateau, self.watch = Plateau(config), DivergenceWatch(self.model)
        self.step, self.elapsed_s, self.done, self.stage = 0, 0.0, 0.0, 0
        self.stopped_by = 0
        self.recent_loss: float | None = None
        self.gradient_norm: float | None = None

    @property
    def best_score(self) -> float:
        return self.plateau.best_score

    @property
    def is_finished(self) -> bool:
        return self.done >= 1.0 or self.plateau.is_over

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin from trained weights (a bundle's) with a fresh optimiser."""
        self.model.load_state_dict(weights)
        self.average.load(weights)
        self.watch = DivergenceWatch(self.model)

    def train(
        self,
        *,
        pause_after_steps: int | None = None,
        stop: StopSignals | None = None,
        corpus: CorpusNote | None = None,
    ) -> TrainingOutcome:
        """Go on to the end, or until `stop` has a signal: then the checkpoint is of the step that was running."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.ranks.is_first:
            self._describe_run(corpus)
        self._locate()
        with RunLog(self.folder, tensorboard=self.run.tensorboard, is_quiet=not self.ranks.is_first) as log:
            log.start(self.done)
            self._train(log, pause_after_steps, stop or StopSignals())
        return TrainingOutcome(
            step=self.step,
            best_score=self.best_score,
            is_finished=self.is_finished,
            folder=self.folder,
            stopped_by=0 if self.is_finished else self.stopped_by,
        )

    def _train(self, log: RunLog, pause_after_steps: int | None, stop: StopSignals) -> None:
        started_at_step = saved_at_step = self.step
        clock = saved_at_s = time.monotonic()
        self.model.train()
        while not self.is_finished and self.step - started_at_step != pause_after_steps:
            self._take_step()
            now = time.monotonic()
            self.elapsed_s, clock = self.elapsed_s + now - clock, now
            is_due = now - saved_at_s >= self.run.validate_every_s
            self.elapsed_s, due = self.ranks.agree([self.elapsed_s, float(is_due)], device=self.device)
            self._locate()
            self._keep_marks()
            log.advance(self.done, step=self.step, loss=self.recent_loss)
            self.stopped_by = self.ranks.most(stop.number, device=self.device)
            if self.stopped_by and not self.is_finished:
                # Whoever stops a run does not wait for a validation.
                self._save(is_best=False)
                return
            if due:
                self._checkpoint(log)
                saved_at_step, saved_at_s = self.step, time.monotonic()
        if self.step != saved_at_step or not (self.folder / LAST_NAME).is_file():
            self._checkpoint(log)

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides what comes next; to be called by all processes together."""
        own = {
            "torch_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            "stream": self.feed.state_dict(),
        }
        return {
            "model": self.model.state_dict(),
            "average": self.average.weights,
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "plateau": self.plateau.state_dict(),
            "watch": self.watch.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "best_score": self.best_score,
            "recent_loss": self.recent_loss,
            "ranks": self.ranks.collect(own),
        }

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint as if the run had not stopped."""
        state = load_checkpoint(path)
        try:
            self.model.load_state_dict(state["model"])
        except RuntimeError as error:
            raise InputRefused(
                f"The checkpoint {path} is of another model than run {self.run.name!r}: "
                "give the run an empty folder with --out."
            ) from error
        self.average.load(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.plateau.best_score, self.recent_loss = state["best_score"], state["recent_loss"]
        # Checkpoints of earlier versions have none of these three.
        for part, name in ((self.scaler, "scaler"), (self.plateau, "plateau"), (self.watch, "watch")):
            if state.get(name):
                part.load_state_dict(state[name])
        self._locate()
        self._resume_rank(state.get("ranks") or [state], path)

    def _resume_rank(self, states: list[dict[str, Any]], path: Path) -> None:
        if len(states) != self.ranks.count:
            raise InputRefused(
                f"The checkpoint {path} is of {len(states)} processes, this run has {self.ranks.count}: start as many "
                "(torchrun --nproc-per-node), or give the run an empty folder and --set continue_from=BUNDLE."
            )
        own = states[self.ranks.rank]
        self.feed.load_state_dict(own["stream"])
        torch.set_rng_state(own["torch_rng"])
        cuda_rng = own["cuda_rng"]
        if self.device.type == "cuda" and cuda_rng is not None and len(cuda_rng):
            # Earlier versions kept a list, one state per GPU.
            torch.cuda.set_rng_state(cuda_rng[0] if isinstance(cuda_rng, list) else cuda_rng, self.device)

    def _locate(self) -> None:
        """Where in the run this step is: its share done, and its stage."""
        self.done = progress(self.run.optimisation, step=self.step, elapsed_s=self.elapsed_s)
        self.stage = staged(self.run, done=self.done)

    def _stage_config(self) -> StageConfig | None:
        return self.run.stages[self.stage] if self.run.stages else None

    def _take_step(self) -> None:
        config, stage = self.run.optimisation, self._stage_config()
        rate = learning_rate(config, step=self.step, done=self.done, plateau_factor=self.plateau.factor)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * (stage.learning_rate_factor if stage else 1.0)
        size = batch_size(self.run, stage)
        batch = self.feed.take(size, stage=self.stage)
        is_mixed = config.precision != "fp32"
        with torch.autocast(self.device.type, dtype=PRECISIONS[config.precision], enabled=is_mixed):
            loss = self.loss_of(batch)
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        self.feed.prepare(size, stage=self.stage)
        mean_loss = self.ranks.mean(float(loss.detach()), device=self.device)
        self._apply(loss=mean_loss, gradient_norm=float(norm))

    def _apply(self, *, loss: float, gradient_norm: float) -> None:
        if self.watch.stage != self.stage:
            self.recent_loss = None
        reason = self.watch.see(self.model, stage=self.stage, loss=loss, gradient_norm=gradient_norm)
        if self.watch.bad_steps == 0:
            self.scaler.step(self.optimiser)
            self.gradient_norm = gradient_norm
            self.recent_loss = loss if self.recent_loss is None else 0.99 * self.recent_loss + 0.01 * loss
            reason = reason or self.watch.judge(self.recent_loss)
        self.scaler.update()
        if reason is not None:
            self._refuse_divergence(reason)
        self.step += 1
        self.average.follow(self.model, step=self.step)

    def _refuse_divergence(self, reason: str) -> None:
        rate = self.run.optimisation.learning_rate
        is_saved = (self.folder / LAST_NAME).is_file()
        remedy = f"goes on from {self.folder / LAST_NAME}" if is_saved else "begins anew"
        raise RunDiverged(
            f"Run {self.run.name!r} diverged at step {self.step}: {reason}. The same command with a lower "
            f"optimisation.learning_rate (it was {rate:g}) {remedy}."
        )

    def _keep_marks(self) -> None:
        if not self.ranks.is_first:
            return
        for percent in self.run.keep_at_percent:
            path = self.folder / kept_name(percent)
            if self.done >= percent / 100 and not path.exists():
                halves = {
                    name: value.half() if value.is_floating_point() else value
                    for name, value in self.average.weights.items()
                }
                save_checkpoint(path, {"average": halves, "step": self.step})

    def _checkpoint(self, log: RunLog) -> None:
        (score,) = self.ranks.agree([self._validated()], device=self.device)
        self._save(is_best=self.plateau.see(score))
        row = {
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "loss": self.recent_loss,
            self.task.score_name: score,
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "gradient_norm": self.gradient_norm,
        }
        log.write(row, done=self.done, elapsed_s=self.elapsed_s)

    def _save(self, *, is_best: bool) -> None:
        state = self.state_dict()
        if self.ranks.is_first:
            save_checkpoint(self.folder / LAST_NAME, state)
            if is_best:
                save_checkpoint(self.folder / BEST_NAME, state)

    def _validated(self) -> float:
        """The score of the averaged weights; the first process alone does the work."""
        if not self.ranks.is_first:
            return 0.0
        training_weights = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.average.weights)
        self.model.eval()
        # How often a run validates is a matter of its speed and must not change what it draws.
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            score = self.task.validate(self.model)
        self.model.load_state_dict(training_weights)
        self.model.train()
        return score

    def _describe_run(self, corpus: CorpusNote | None) -> None:
        description = {"model_name": model_name(self.run.model), **dataclasses.asdict(self.run)}
        if corpus is not None:
            description["corpus"] = dataclasses.asdict(corpus)
        text = json.dumps(description, indent=2, default=str) + "\n"
        (self.folder / DESCRIPTION_NAME).write_text(text, encoding="utf-8")


def batch_size(run: RunConfig, stage: StageConfig | None) -> int:
    """Items in a batch: as many as the seconds of audio allow, where such a budget is set."""
    config = run.optimisation
    size = (stage.batch_size if stage else None) or config.batch_size
    budget_s = config.batch_s
    if stage and (stage.batch_s or stage.batch_size):
        budget_s = stage.batch_s
    if budget_s is None:
        return size
    crop_s = (stage.mixing if stage else run.mixing).crop_s
    return max(1, int(budget_s / crop_s))
