"""The training loop: draw, step, average; now and then validate, log and save. It resumes where it stopped.

A run lives in one folder: `last.pt` and `best.pt` (checkpoints), `log.csv` and `run.json`. Everything that
decides the next step is in the checkpoint: weights, their average, optimiser, step, time, random generators
and the position of the mixing stream. The learning rate is a function of step and time and needs no state.
"""

from __future__ import annotations

import csv
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
from modeling.errors import InputRefused, ModelingError
from modeling.runs.config import RunConfig
from modeling.training.averaging import WeightAverage
from modeling.training.checkpoints import BEST_NAME, LAST_NAME, load_checkpoint, save_checkpoint
from modeling.training.schedule import learning_rate, progress
from modeling.training.tasks import Task

logger = logging.getLogger(__name__)

MOST_BAD_STEPS = 20
"""Steps in a row without a finite gradient after which a run has diverged."""


class RunDiverged(ModelingError):  # noqa: N818 - the run did; the sentence says what to change
    """The gradients stopped being numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """Where a run ended."""

    step: int
    best_score: float
    is_finished: bool
    folder: Path


class Trainer:
    """One run in one folder; `train` goes on until the run is done or `pause_after_steps` more steps are."""

    def __init__(self, run: RunConfig, *, task: Task, folder: Path, device: torch.device) -> None:
        self.run, self.task, self.folder, self.device = run, task, folder, device
        torch.manual_seed(run.seed)
        self.model = build_model(run.model).to(device)
        self.average = WeightAverage(self.model, decay=run.optimisation.ema_decay)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=run.optimisation.learning_rate,
            weight_decay=run.optimisation.weight_decay,
        )
        self.step, self.elapsed_s = 0, 0.0
        self.best_score = float("-inf")
        self.recent_loss: float | None = None
        self.bad_steps = 0

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin from trained weights (a bundle's) with a fresh optimiser."""
        self.model.load_state_dict(weights)
        self.average.load(weights)

    def train(self, *, pause_after_steps: int | None = None) -> TrainingOutcome:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._describe_run()
        config, started_at_step = self.run.optimisation, self.step
        clock = last_checkpoint = time.monotonic()
        self.model.train()
        done = progress(config, step=self.step, elapsed_s=self.elapsed_s)
        while done < 1.0 and self.step - started_at_step != pause_after_steps:
            for group in self.optimiser.param_groups:
                group["lr"] = learning_rate(config, step=self.step, done=done)
            self._take_step()
            now = time.monotonic()
            self.elapsed_s, clock = self.elapsed_s + now - clock, now
            done = progress(config, step=self.step, elapsed_s=self.elapsed_s)
            if now - last_checkpoint >= self.run.validate_every_s:
                self._checkpoint(done)
                last_checkpoint = time.monotonic()
        self._checkpoint(done)
        return TrainingOutcome(
            step=self.step, best_score=self.best_score, is_finished=done >= 1.0, folder=self.folder
        )

    def state_dict(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "average": self.average.weights,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "best_score": self.best_score,
            "recent_loss": self.recent_loss,
            "torch_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
            "stream": self.task.state_dict(),
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
        self.best_score, self.recent_loss = state["best_score"], state["recent_loss"]
        torch.set_rng_state(state["torch_rng"])
        if state["cuda_rng"] and self.device.type == "cuda":
            torch.cuda.set_rng_state_all(state["cuda_rng"])
        self.task.load_state_dict(state["stream"])

    def _take_step(self) -> None:
        batch = self.task.draw(self.run.optimisation.batch_size)
        is_bf16 = self.run.optimisation.precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=is_bf16):
            loss = self.task.loss(self.model, batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.run.optimisation.clip_norm)
        self._refuse_divergence(norm)
        if self.bad_steps == 0:
            self.optimiser.step()
            value = float(loss.detach())
            self.recent_loss = value if self.recent_loss is None else 0.99 * self.recent_loss + 0.01 * value
        self.step += 1
        self.average.follow(self.model, step=self.step)

    def _refuse_divergence(self, gradient_norm: Tensor) -> None:
        self.bad_steps = 0 if bool(torch.isfinite(gradient_norm)) else self.bad_steps + 1
        if self.bad_steps >= MOST_BAD_STEPS:
            raise RunDiverged(
                f"Run {self.run.name!r} diverged at step {self.step}: {MOST_BAD_STEPS} steps in a row had no finite "
                f"gradient. Resume from {self.folder / BEST_NAME} with a lower optimisation.learning_rate."
            )

    def _checkpoint(self, done: float) -> None:
        score = self._validated()
        is_best = score > self.best_score
        self.best_score = max(score, self.best_score)
        save_checkpoint(self.folder / LAST_NAME, self.state_dict())
        if is_best:
            save_checkpoint(self.folder / BEST_NAME, self.state_dict())
        self._log(done, score)

    def _validated(self) -> float:
        training_weights = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.average.weights)
        self.model.eval()
        score = self.task.validate(self.model)
        self.model.load_state_dict(training_weights)
        self.model.train()
        return score

    def _log(self, done: float, score: float) -> None:
        row = {
            "step": str(self.step),
            "elapsed_s": f"{self.elapsed_s:.0f}",
            "loss": "" if self.recent_loss is None else f"{self.recent_loss:.4f}",
            self.task.score_name: f"{score:.3f}",
        }
        path = self.folder / "log.csv"
        is_new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(row))
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        left_s = self.elapsed_s * (1 - done) / done if done else float("nan")
        logger.info("%3.0f %% %s, %.0f min left", 100 * done, row, left_s / 60)

    def _describe_run(self) -> None:
        description = {"model_name": model_name(self.run.model), **dataclasses.asdict(self.run)}
        text = json.dumps(description, indent=2, default=str) + "\n"
        (self.folder / "run.json").write_text(text, encoding="utf-8")
