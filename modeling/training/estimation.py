"""What an estimator's run optimises: the true SI-SNR of stems made by a pool of separators.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from modeling.data.mixing import DynamicMixer, MixtureBatch
from modeling.losses import pairwise_si_snr_db
from modeling.models.configs import SisnrEstimatorConfig
from modeling.permutation import best_assignment
from modeling.training.pool import SeparatorPool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStems:
    """Mixtures, stems of some separator and the true SI-SNR of each stem."""

    mix_bt: Tensor
    stems_bct: Tensor
    si_snr_db_bc: Tensor


@dataclass(frozen=True, kw_only=True)
class EstimationTask:
    """Estimate the SI-SNR of stems made by a pool of separators of different quality."""

    mixer: DynamicMixer
    pool: SeparatorPool
    config: SisnrEstimatorConfig
    validation: Sequence[LabelledStems]
    device: torch.device
    score_name: str = "minus_mae_db"

    def draw(self, size: int) -> LabelledStems:
        batch = self.mixer.draw_batch(size).to(self.device)
        return label_stems(batch, self.pool.make_stems(batch))

    def loss(self, model: nn.Module, batch: LabelledStems) -> Tensor:
        """L1 between label and estimate, both as a share of the label range (REAL-M, equation in section 3.6)."""
        span_db = self.config.label_high_db - self.config.label_low_db
        label_bc = batch.si_snr_db_bc.clamp(self.config.label_low_db, self.config.label_high_db)
        estimate_bc: Tensor = model(batch.mix_bt, batch.stems_bct)
        return (estimate_bc.float() - label_bc).abs().mean() / span_db

    @torch.inference_mode()
    def validate(self, model: nn.Module) -> float:
        errors = [
            (model(item.mix_bt, item.stems_bct) - item.si_snr_db_bc).abs().mean() for item in self.validation
        ]
        return -float(torch.stack(errors).mean())

    def state_dict(self) -> dict[str, Any]:
        return {"mixer": self.mixer.state_dict(), "pool": self.pool.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.mixer.load_state_dict(state["mixer"])
        self.pool.load_state_dict(state["pool"])


def label_stems(batch: MixtureBatch, stems_bct: Tensor) -> LabelledStems:
    """Label stems with their true SI-SNR under the best joint order; stems keep their own order."""
    scores_ber = pairwise_si_snr_db(estimate=stems_bct, reference=batch.sources_bct)
    assignment = best_assignment(scores_ber)
    # score_br is in the order of the references: bring it back to the order of the stems.
    si_snr_db_bc = torch.empty_like(assignment.score_br).scatter_(1, assignment.order_br, assignment.score_br)
    return LabelledStems(mix_bt=batch.mix_bt, stems_bct=stems_bct, si_snr_db_bc=si_snr_db_bc)
