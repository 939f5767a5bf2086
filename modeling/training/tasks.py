"""What a run optimises: the task protocol, and separation (PIT SI-SNR).

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from modeling.data.mixing import DynamicMixer, MixtureBatch
from modeling.data.testset import RenderedMixture
from modeling.inference import separate
from modeling.losses import pit_si_snr_loss
from modeling.metrics import score_separation


class Task(Protocol):
    """The part of training that differs between separators and estimators."""

    @property
    def score_name(self) -> str: ...

    def draw(self, size: int) -> Any: ...

    def loss(self, model: nn.Module, batch: Any) -> Tensor: ...

    def validate(self, model: nn.Module) -> float:
        """A score on fixed mixtures of validation speakers; larger is better."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SeparationTask:
    """Separate dynamically mixed speech."""

    mixer: DynamicMixer
    validation: Sequence[RenderedMixture]
    device: torch.device
    sample_rate_hz: int
    score_name: str = "si_snri_db"

    def draw(self, size: int) -> MixtureBatch:
        return self.mixer.draw_batch(size).to(self.device)

    def loss(self, model: nn.Module, batch: MixtureBatch) -> Tensor:
        return pit_si_snr_loss(estimate=model(batch.mix_bt), reference=batch.sources_bct)

    def validate(self, model: nn.Module) -> float:
        improvements = []
        for item in self.validation:
            mix_t, sources_ct = item.mix_t.to(self.device), item.sources_ct.to(self.device)
            stems_ct = separate(model, mix_t, sample_rate_hz=self.sample_rate_hz)
            scores = score_separation(
                estimate=stems_ct[None], reference=sources_ct[None], mixture=mix_t[None]
            )
            improvements.append(scores.si_snr_improvement_db_br.mean())
        return float(torch.stack(improvements).mean())

    def state_dict(self) -> dict[str, Any]:
        return self.mixer.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.mixer.load_state_dict(state)
