"""From a run's loss settings to a number: permutation-invariant, MixIT, RemixIT, or the model's own.

Shape suffixes: b batch, c sources, m stems, i mixtures, t samples.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from modeling.data.batches import MixtureBatch
from modeling.errors import InputRefused
from modeling.losses import (
    mixit_loss,
    multi_resolution_stft_loss,
    pairwise_si_snr_db,
    pairwise_snr_db,
    pit_loss,
    remixit_loss,
)
from modeling.permutation import best_assignment, reorder
from modeling.runs.config import LossConfig


@runtime_checkable
class HasOwnLoss(Protocol):
    """A separator that is not trained on its stems, such as deep clustering."""

    def training_loss(
        self, *, mix_bt: Tensor, sources_bct: Tensor, lengths_b: Tensor | None = None
    ) -> Tensor: ...


def refuse_misfit(config: LossConfig, model: nn.Module) -> None:
    """Say so when a model cannot be trained on what a run asks for."""
    has_own, name = isinstance(model, HasOwnLoss), type(model).__name__
    if config.kind == "deep_clustering" and not has_own:
        raise InputRefused(
            f"loss.kind=deep_clustering needs embeddings, which {name} has not: use pit_si_snr."
        )
    if has_own and config.kind not in ("auto", "deep_clustering"):
        raise InputRefused(f"{name} learns by its own loss: loss.kind must be auto, not {config.kind}.")


def separation_loss(
    config: LossConfig, *, model: nn.Module, batch: MixtureBatch, teacher: nn.Module | None = None
) -> Tensor:
    """The loss of one batch; the model has been checked by `refuse_misfit`. RemixIT learns from `teacher`."""
    if config.kind == "remixit" and teacher is not None:
        return _remixit(config, model, batch, teacher=teacher)
    references_bct = batch.references(config.convention)
    if isinstance(model, HasOwnLoss):
        return model.training_loss(mix_bt=batch.mix_bt, sources_bct=references_bct, lengths_b=batch.lengths_b)
    if config.kind == "mixit":
        return _mixit(config, model, batch)
    estimate_bct = _separate(model, batch.mix_bt, batch.lengths_b)
    pairwise = pairwise_snr_db if config.kind == "pit_snr" else pairwise_si_snr_db
    score_bcc = pairwise(estimate=estimate_bct, reference=references_bct, lengths_b=batch.lengths_b)
    loss = pit_loss(score_ber=score_bcc, ceiling_db=config.ceiling_db, ceiling=config.ceiling)
    if config.stft_weight == 0:
        return loss
    ordered_bct = reorder(estimate_bct, best_assignment(score_bcc).order_br)
    return loss + config.stft_weight * multi_resolution_stft_loss(
        estimate=ordered_bct, reference=references_bct, lengths_b=batch.lengths_b
    )


def _mixit(config: LossConfig, model: nn.Module, batch: MixtureBatch) -> Tensor:
    """Pairs of mixtures of the batch, added and separated; an odd last one stays out."""
    pairs = len(batch.mix_bt) // 2
    if pairs == 0:
        raise InputRefused(
            "loss.kind=mixit adds two mixtures at a time: optimisation.batch_size must be 2 or more."
        )
    mixtures_bit = batch.mix_bt[: 2 * pairs].view(pairs, 2, -1)
    lengths_b = None if batch.lengths_b is None else batch.lengths_b[: 2 * pairs].view(pairs, 2).amax(dim=1)
    estimate_bmt = _separate(model, mixtures_bit.sum(dim=1), lengths_b)
    return mixit_loss(
        estimate=estimate_bmt, mixture=mixtures_bit, lengths_b=lengths_b, ceiling_db=config.ceiling_db
    )


def _remixit(config: LossConfig, model: nn.Module, batch: MixtureBatch, *, teacher: nn.Module) -> Tensor:
    if len(batch.mix_bt) < 2:
        raise InputRefused(
            "loss.kind=remixit shuffles stems among mixtures: optimisation.batch_size must be 2 or more."
        )
    return remixit_loss(
        student=model,
        teacher=teacher,
        mix_bt=batch.mix_bt,
        lengths_b=batch.lengths_b,
        ceiling_db=config.ceiling_db,
        ceiling=config.ceiling,
    )


def _separate(model: nn.Module, mix_bt: Tensor, lengths_b: Tensor | None) -> Tensor:
    stems_bct: Tensor = model(mix_bt) if lengths_b is None else model(mix_bt, lengths_b)
    return stems_bct if stems_bct.dtype == torch.float64 else stems_bct.float()
