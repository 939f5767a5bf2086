"""When a run has diverged: no finite gradients, weights that explode, or a loss far above where it began."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from modeling.errors import ModelingError

MOST_BAD_STEPS = 20
"""Steps in a row without a finite gradient after which a run has diverged."""

MOST_GROWTH = 1000.0
"""How many times larger the weights may become than they were at the start."""

FIRST_STEPS = 30
"""Steps whose losses say where a stage began, and how much a loss varies from batch to batch."""

MOST_DEVIATIONS = 8.0


class RunDiverged(ModelingError):  # noqa: N818 - the run did; the sentence says what to change
    """The training left the range in which anything can be learned."""


class DivergenceWatch:
    """Looks at every step's loss and gradient; says in words what is wrong, or nothing."""

    def __init__(self, model: nn.Module) -> None:
        self._start_norm = max(_weight_norm(model), 1e-3)
        self.bad_steps = 0
        self.stage, self._first = -1, [0.0, 0.0, 0.0]

    def see(self, model: nn.Module, *, stage: int, loss: float, gradient_norm: float) -> str | None:
        """Take a step in; a sentence's end when the run has diverged."""
        if not (math.isfinite(loss) and math.isfinite(gradient_norm)):
            self.bad_steps += 1
            enough = self.bad_steps >= MOST_BAD_STEPS
            return f"{MOST_BAD_STEPS} steps in a row had no finite gradient" if enough else None
        self.bad_steps = 0
        self._learn_start(stage, loss)
        growth = _weight_norm(model) / self._start_norm
        return f"its weights have grown {growth:.0f} times" if not growth <= MOST_GROWTH else None

    def judge(self, recent_loss: float) -> str | None:
        """Compare the mean of recent losses with where the stage began."""
        count, mean, squares = self._first
        if count < FIRST_STEPS:
            return None
        deviation = math.sqrt(max(0.0, squares / count)) + 1e-3 * abs(mean)
        if recent_loss <= mean + MOST_DEVIATIONS * deviation:
            return None
        return f"its loss rose from {mean:.2f} to {recent_loss:.2f}"

    def state_dict(self) -> dict[str, Any]:
        return {
            "start_norm": self._start_norm,
            "bad_steps": self.bad_steps,
            "stage": self.stage,
            "first": list(self._first),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._start_norm, self.bad_steps = state["start_norm"], state["bad_steps"]
        self.stage, self._first = state["stage"], list(state["first"])

    def _learn_start(self, stage: int, loss: float) -> None:
        if stage != self.stage:
            self.stage, self._first = stage, [0.0, 0.0, 0.0]
        count, mean, squares = self._first
        if count >= FIRST_STEPS:
            return
        moved = mean + (loss - mean) / (count + 1)
        self._first = [count + 1, moved, squares + (loss - mean) * (loss - moved)]


@torch.no_grad()
def _weight_norm(model: nn.Module) -> float:
    norms: list[Tensor] = list(torch._foreach_norm(list(model.parameters())))
    return float(torch.stack(norms).norm())
