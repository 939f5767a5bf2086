"""Quality of separated signals against references, in dB, larger is better.

Shape suffixes: b batch, r references, e estimates, t samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from modeling.bss_eval import sdr_db
from modeling.losses import pairwise_si_snr_db
from modeling.permutation import best_assignment, reorder

__all__ = ["SdrScores", "SeparationScores", "score_sdr", "score_separation", "sdr_db"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationScores:
    """Scores in the order of the references; `order_br` names the estimate that belongs to each."""

    si_snr_db_br: Tensor
    si_snr_improvement_db_br: Tensor
    order_br: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class SdrScores:
    """BSS Eval SDR in the order of the references."""

    sdr_db_br: Tensor
    sdr_improvement_db_br: Tensor


def score_separation(*, estimate: Tensor, reference: Tensor, mixture: Tensor) -> SeparationScores:
    """SI-SNR and its improvement over the mixture, under the best joint order of the estimates.

    `estimate` and `reference` are `(b, n, t)`, `mixture` is `(b, t)`.
    SI-SNRi = SI-SNR(reference, estimate) - SI-SNR(reference, mixture).
    """
    assignment = best_assignment(pairwise_si_snr_db(estimate=estimate, reference=reference))
    before_br = pairwise_si_snr_db(estimate=mixture.unsqueeze(1), reference=reference).squeeze(1)
    return SeparationScores(
        si_snr_db_br=assignment.score_br,
        si_snr_improvement_db_br=assignment.score_br - before_br,
        order_br=assignment.order_br,
    )


def score_sdr(*, estimate: Tensor, reference: Tensor, mixture: Tensor, order_br: Tensor) -> SdrScores:
    """SDR and SDRi of estimates in the order that SI-SNR chose; shapes as in `score_separation`.

    SDRi = SDR(reference, estimate) - SDR(reference, mixture). One order for all figures: BSS Eval would choose
    by its own, which differs only where an estimate resembles neither reference.
    """
    after_br = sdr_db(estimate=reorder(estimate, order_br), reference=reference)
    before_br = sdr_db(estimate=mixture.unsqueeze(1).expand_as(reference), reference=reference)
    return SdrScores(sdr_db_br=after_br, sdr_improvement_db_br=after_br - before_br)
