"""Permutation-invariant losses: the best joint order of estimates, then the negative mean score.

Shape suffixes: b batch, e estimates, r references, t samples.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from modeling.losses.ratios import LIMIT_DB, pairwise_si_snr_db, soft_ceiling_db
from modeling.permutation import best_assignment

Ceiling = Literal["hard", "soft", "none"]
"""What keeps items that are almost right from pulling: dropped from the mean, bent, or nothing."""


def pit_si_snr_loss(
    *,
    estimate: Tensor,
    reference: Tensor,
    lengths_b: Tensor | None = None,
    ceiling_db: float = 30.0,
    ceiling: Ceiling = "hard",
) -> Tensor:
    """Negative SI-SNR in dB under the best joint order of sources (utterance-level PIT), mean over the batch.

    `(b, n, t), (b, n, t) -> ()`. Kolbaek et al., 2017 (arXiv 1703.06284). See `pit_loss` for the ceiling.
    """
    score_ber = pairwise_si_snr_db(estimate=estimate, reference=reference, lengths_b=lengths_b)
    return pit_loss(score_ber=score_ber, ceiling_db=ceiling_db, ceiling=ceiling)


def pit_loss(*, score_ber: Tensor, ceiling_db: float = 30.0, ceiling: Ceiling = "hard") -> Tensor:
    """Negative mean score in dB under the best joint order, from a table of scores, larger better.

    `hard` leaves items whose mean score has reached `ceiling_db` out of the mean over the batch, as the SepFormer
    recipe does with its -30 dB; when all have, the loss is `-ceiling_db` and its gradient zero. `soft` bends every
    source's score with `soft_ceiling_db`. A reference at the lower limit against every estimate (it is silent, or
    the estimates are) has nothing to teach and is left out of its item's mean; an item with no other scores -100.
    """
    score_br = best_assignment(score_ber).score_br
    active_br = ~(score_ber.detach() <= -LIMIT_DB).all(dim=1)
    if ceiling == "soft":
        score_br = soft_ceiling_db(score_br, ceiling_db=ceiling_db)
    count_b = active_br.sum(dim=-1)
    mean_b = (score_br * active_br).sum(dim=-1) / count_b.clamp_min(1)
    score_b = torch.where(count_b > 0, mean_b, -LIMIT_DB)
    return -_mean_below(score_b, ceiling_db) if ceiling == "hard" else -score_b.mean()


def _mean_below(score_b: Tensor, ceiling_db: float) -> Tensor:
    # Not `score < ceiling`: a score that is no number must make the loss none, not vanish from it.
    kept_b = ~(score_b.detach() >= ceiling_db)
    clamped_b = score_b.clamp(max=ceiling_db)
    counted_b = torch.where(kept_b.any(), kept_b, ~kept_b)
    return (clamped_b * counted_b).sum() / counted_b.sum()
