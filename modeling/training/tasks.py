"""What a run optimises: the task protocol, and separation.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from modeling.data.mixing import MixtureBatch, MixtureStream
from modeling.errors import InputRefused
from modeling.inference import separate
from modeling.metrics import score_separation
from modeling.runs.config import LossConfig
from modeling.training.objectives import separation_loss
from modeling.training.validation import ValidationMixture


class Task(Protocol):
    """The part of training that differs between separators and estimators."""

    @property
    def score_name(self) -> str: ...

    def draw(self, size: int, *, stage: int = 0) -> Any: ...

    def loss(self, model: nn.Module, batch: Any) -> Tensor: ...

    def validate(self, model: nn.Module) -> float:
        """A score on fixed mixtures of validation speakers; larger is better."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(kw_only=True)
class SeparationTask:
    """Separate dynamically mixed speech; every stage of the run has a mixing stream of its own."""

    mixers: Sequence[MixtureStream]
    objective: LossConfig
    validation: Sequence[ValidationMixture]
    device: torch.device
    sample_rate_hz: int
    score_name: str = "si_snri_db"
    teacher: nn.Module | None = None
    """Whose stems RemixIT learns from; may be the trainer's own average, so it is set once that exists."""

    def draw(self, size: int, *, stage: int = 0) -> MixtureBatch:
        return self.mixers[stage].draw_batch(size).to(self.device)

    def loss(self, model: nn.Module, batch: MixtureBatch) -> Tensor:
        return separation_loss(self.objective, model=model, batch=batch, teacher=self.teacher)

    def validate(self, model: nn.Module) -> float:
        improvements = []
        for item in self.validation:
            mix_t, references_ct = item.mix_t.to(self.device), item.references_ct.to(self.device)
            stems_ct = separate(model, mix_t, sample_rate_hz=self.sample_rate_hz)
            scores = score_separation(
                estimate=stems_ct[None], reference=references_ct[None], mixture=mix_t[None]
            )
            improvements.append(scores.si_snr_improvement_db_br.mean())
        return float(torch.stack(improvements).mean())

    def state_dict(self) -> dict[str, Any]:
        return {"stages": [mixer.state_dict() for mixer in self.mixers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        # Runs of earlier versions had one stream and no stages.
        states = state.get("stages", [state])
        if len(states) != len(self.mixers):
            raise InputRefused(
                f"The checkpoint is of a run with {len(states)} stages, this one has {len(self.mixers)}: "
                "give it an empty folder with --out."
            )
        for mixer, each in zip(self.mixers, states, strict=True):
            mixer.load_state_dict(each)
