"""The learning rate over a run: a linear warm-up, then a cosine, a plateau rule or nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from modeling.runs.config import OptimisationConfig

REMAINDER = 0.02


def progress(config: OptimisationConfig, *, step: int, elapsed_s: float) -> float:
    """How much of the run is done, 0 to 1: by time where a time is set, otherwise by steps."""
    if config.max_minutes is not None:
        return min(1.0, elapsed_s / (60.0 * config.max_minutes))
    return min(1.0, step / config.max_steps)


def learning_rate(
    config: OptimisationConfig, *, step: int, done: float, plateau_factor: float = 1.0
) -> float:
    """The rate of the step that is next, from warm-up, schedule and the plateau's factor; `done` is from 0 to 1."""
    warmup = min(1.0, (step + 1) / max(1, config.warmup_steps))
    if config.schedule != "cosine":
        return config.learning_rate * warmup * plateau_factor
    cosine = REMAINDER + (1 - REMAINDER) * 0.5 * (1 + math.cos(math.pi * done))
    return config.learning_rate * warmup * cosine


@dataclass(slots=True)
class Plateau:
    """Watches the validation scores: lowers the rate and ends the run when they stop rising."""

    config: OptimisationConfig
    best_score: float = float("-inf")
    factor: float = 1.0
    since_best: int = 0
    since_change: int = 0

    def see(self, score: float) -> bool:
        """Take a score in; true when it is the best so far."""
        is_best = score > self.best_score
        self.best_score = max(score, self.best_score)
        self.since_best = 0 if is_best else self.since_best + 1
        self.since_change = 0 if is_best else self.since_change + 1
        if self.config.schedule == "plateau" and self.since_change >= self.config.plateau_patience:
            self.factor *= self.config.plateau_factor
            self.since_change = 0
        return is_best

    @property
    def is_over(self) -> bool:
        patience = self.config.stop_after_validations
        return patience is not None and self.since_best >= patience

    def state_dict(self) -> dict[str, Any]:
        return {"factor": self.factor, "since_best": self.since_best, "since_change": self.since_change}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.factor = state["factor"]
        self.since_best, self.since_change = state["since_best"], state["since_change"]
