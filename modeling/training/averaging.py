"""An exponential moving average of the weights: what is validated and shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WeightAverage:
    """Follows a model; young averages follow faster, so that the random start is forgotten."""

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self._decay = decay
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def follow(self, model: nn.Module, *, step: int) -> None:
        """Move towards the model's weights after step number `step`, in place."""
        decay = min(self._decay, (1 + step) / (10 + step))
        pairs = [(self.weights[name], value) for name, value in model.state_dict().items()]
        averaged = [(own, value) for own, value in pairs if own.is_floating_point()]
        torch._foreach_lerp_([own for own, _ in averaged], [value for _, value in averaged], 1 - decay)
        for own, value in pairs:
            if not own.is_floating_point():
                own.copy_(value)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Take over stored weights, in place: who shares the tensors sees it."""
        for name, value in weights.items():
            self.weights[name].copy_(value)
