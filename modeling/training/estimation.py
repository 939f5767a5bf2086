"""What an estimator's run optimises: the true SI-SNR of stems made by a pool of separators.

Shape suffixes: b batch, c stems, v conventions, q quantiles, t samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.errors import InputRefused
from modeling.manifest import Convention
from modeling.models.configs import EstimatorConfig
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityOutput
from modeling.runs.config import RunConfig
from modeling.training.stem_shards import CONVENTIONS, StemShard, read_shards
from modeling.training.stem_stream import LabelledStems, StemStream, label_stems

HUBER_DB = 2.0
"""Errors above this count linearly: a single hopeless stem must not steer a batch."""

TAIL = 0.05
"""What the interval leaves out on each side."""

CLIPPED_DB = (-10.0, 25.0)
"""Labels outside are all failures or all perfect: how far outside says nothing more."""

VALIDATION_BATCH = 16


@dataclass(frozen=True, kw_only=True)
class EstimationTask:
    """Estimate the SI-SNR of stems made by a pool of separators of different quality."""

    stream: StemStream
    config: EstimatorConfig
    convention: Convention
    validation: Sequence[LabelledStems]
    device: torch.device
    score_name: str = "minus_mae_db"

    def draw(self, size: int, *, stage: int = 0) -> LabelledStems:
        return self.stream.draw(size).to(self.device)

    def loss(self, model: nn.Module, batch: LabelledStems) -> Tensor:
        output = model(batch.mix_bt, batch.stems_bct)
        label_bcv = batch.si_snr_db_bcv.clamp(self.config.label_low_db, self.config.label_high_db)
        if isinstance(output, QualityOutput):
            return quantile_loss(output.si_snr_db_bcvq, label_bcv=label_bcv, weight_bc=batch.weight_bc)
        # L1 as a share of the label range (REAL-M, equation in section 3.6).
        label_bc = label_bcv[..., CONVENTIONS.index(self.convention)]
        span_db = self.config.label_high_db - self.config.label_low_db
        l1: Tensor = (output.float() - label_bc).abs().mean() / span_db
        return l1

    @torch.inference_mode()
    def validate(self, model: nn.Module) -> float:
        """Minus the mean absolute error against labels clipped to our range, whatever the model's own is."""
        column = CONVENTIONS.index(self.convention)
        errors = [
            (median_db(model(item.mix_bt, item.stems_bct), convention=self.convention) - label_bc).abs()
            for item in (each.to(self.device) for each in self.validation)
            for label_bc in [item.si_snr_db_bcv[..., column].clamp(*CLIPPED_DB)]
        ]
        return -float(torch.cat(errors).mean())

    def state_dict(self) -> dict[str, Any]:
        return self.stream.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.stream.load_state_dict(state)


def quantile_loss(estimate_bcvq: Tensor, *, label_bcv: Tensor, weight_bc: Tensor) -> Tensor:
    """Huber in dB on the median, pinball on both ends of the 90 % interval (Koenker and Bassett, 1978)."""
    error_bcvq = label_bcv.unsqueeze(-1) - estimate_bcvq.float()
    huber_bcv = functional.huber_loss(
        estimate_bcvq[..., MEDIAN].float(), label_bcv, delta=HUBER_DB, reduction="none"
    )
    low_bcv = torch.maximum(TAIL * error_bcvq[..., LOW], (TAIL - 1) * error_bcvq[..., LOW])
    high_bcv = torch.maximum((1 - TAIL) * error_bcvq[..., HIGH], -TAIL * error_bcvq[..., HIGH])
    return ((huber_bcv + low_bcv + high_bcv) * weight_bc.unsqueeze(-1)).mean()


def median_db(output: QualityOutput | Tensor, *, convention: Convention) -> Tensor:
    """The point estimate `(b, c)` of either kind of estimator; one with a single output has one convention."""
    if isinstance(output, QualityOutput):
        return output.si_snr_db_bcvq[..., CONVENTIONS.index(convention), MEDIAN]
    return output


def labelled_batches(shards: Sequence[StemShard]) -> Iterator[LabelledStems]:
    """Every separated mixture of the shards once, by each of its separators in turn, whole and as they are."""
    for shard in shards:
        mixtures, separators = shard.shape
        for start in range(0, mixtures if separators else 0, VALIDATION_BATCH):
            chosen = range(start, min(start + VALIDATION_BATCH, mixtures))
            stems_bct = torch.stack([shard.stems(m, m % separators) for m in chosen])
            labels_bcv = label_stems(
                references_bvct=torch.stack([shard.references(m) for m in chosen]), stems_bct=stems_bct
            )
            yield LabelledStems(
                mix_bt=torch.stack([shard.mixture(m) for m in chosen]),
                stems_bct=stems_bct,
                si_snr_db_bcv=labels_bcv,
                weight_bc=torch.ones(labels_bcv.shape[:2]),
            )


def build_estimation_task(run: RunConfig, *, device: torch.device) -> EstimationTask:
    """Read the shards that a run names, and put the stream and the validation set together."""
    if not isinstance(run.model, EstimatorConfig):
        raise InputRefused(f"Run {run.name!r} trains no estimator: its model is {type(run.model).__name__}.")
    shards = read_shards(run.pool.examples, setting="pool.examples")
    selection = read_shards(run.pool.selection, setting="pool.selection")
    rates = sorted({shard.sample_rate_hz for shard in (*shards, *selection)})
    if rates != [run.sample_rate_hz]:
        raise InputRefused(
            f"Run {run.name!r} works at {run.sample_rate_hz} Hz, but its stems are stored at {rates} Hz."
        )
    return EstimationTask(
        stream=StemStream(shards, config=run.pool, seed=run.seed),
        config=run.model,
        convention=run.pool.convention,
        validation=list(labelled_batches(selection)),
        device=device,
    )
