"""MixIT: learning from mixtures alone, by separating a sum of mixtures and sorting the stems back.

Shape suffixes: b batch, m stems, i mixtures, a assignments, t samples.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from modeling.losses.products import Products, inner_products
from modeling.losses.ratios import LIMIT_DB, snr_db, soft_ceiling_db

EXHAUSTIVE_UP_TO = 8
"""Stems up to which every assignment is tried; beyond, the least-squares one is taken."""


def mixit_loss(
    *, estimate: Tensor, mixture: Tensor, lengths_b: Tensor | None = None, ceiling_db: float = 30.0
) -> Tensor:
    """Negative soft-ceiling SNR in dB of the mixtures remixed from stems, under the best assignment.

    `(b, m, t), (b, i, t) -> ()`: stems of the sum of i mixtures (usually 2), and those mixtures. Wisdom et al.,
    2020 (arXiv 2006.12701, equations 3 and 4). Silent mixtures are left out; where all are, the loss is 100.
    """
    assignment_bim = assign_to_mixtures(
        estimate=estimate, mixture=mixture, lengths_b=lengths_b, ceiling_db=ceiling_db
    )
    with torch.autocast(estimate.device.type, enabled=False):
        remixed_bit = assignment_bim @ estimate.float()
    score_bi = snr_db(estimate=remixed_bit, reference=mixture.float(), lengths_b=lengths_b)
    heard_bi = score_bi.detach() != -LIMIT_DB
    bent_bi = soft_ceiling_db(score_bi, ceiling_db=ceiling_db)
    return torch.where(heard_bi.any(), -(bent_bi * heard_bi).sum() / heard_bi.sum().clamp_min(1), LIMIT_DB)


@torch.no_grad()
def assign_to_mixtures(
    *, estimate: Tensor, mixture: Tensor, lengths_b: Tensor | None = None, ceiling_db: float = 30.0
) -> Tensor:
    """Which mixture each stem belongs to, one-hot over mixtures: `(b, m, t), (b, i, t) -> (b, i, m)`.

    Up to eight stems the assignment with the least loss of all there are. Beyond, the least-squares mixing matrix
    with each stem given to the mixture of its largest entry (Wisdom et al., 2021, arXiv 2106.00847).
    """
    own = inner_products(estimate=estimate, reference=estimate, lengths_b=lengths_b)
    across = inner_products(estimate=estimate, reference=mixture, lengths_b=lengths_b)
    if estimate.shape[1] > EXHAUSTIVE_UP_TO:
        return _least_squares(own.cross_ber, across.cross_ber).to(torch.float32)
    return _exhaustive(own.cross_ber, across, 10 ** (-ceiling_db / 10)).to(torch.float32)


def _exhaustive(gram_bmm: Tensor, across: Products, threshold: float) -> Tensor:
    stems, mixtures = across.cross_ber.shape[1:]
    choices = torch.tensor(list(product(range(mixtures), repeat=stems)), device=gram_bmm.device)
    chosen_aim = functional.one_hot(choices, mixtures).transpose(1, 2).to(gram_bmm.dtype)
    remixed_bai = torch.einsum("aim,bmn,ain->bai", chosen_aim, gram_bmm, chosen_aim)
    shared_bai = torch.einsum("aim,bmi->bai", chosen_aim, across.cross_ber)
    energy_b1i = across.reference_energy_br.unsqueeze(1)
    silent_b1i = energy_b1i <= 0
    error_bai = (energy_b1i - 2 * shared_bai + remixed_bai).clamp_min(0) / energy_b1i.masked_fill(
        silent_b1i, 1.0
    )
    cost_bai = (error_bai + threshold).log().masked_fill(silent_b1i, 0.0)
    return chosen_aim[cost_bai.sum(dim=-1).argmin(dim=-1)]


def _least_squares(gram_bmm: Tensor, cross_bmi: Tensor) -> Tensor:
    stems = gram_bmm.shape[-1]
    # A trace of ridge: stems may be silent or equal.
    ridge_b11 = 1e-6 * gram_bmm.diagonal(dim1=1, dim2=2).mean(dim=-1).view(-1, 1, 1) + 1e-34
    eye_mm = torch.eye(stems, dtype=gram_bmm.dtype, device=gram_bmm.device)
    mixing_bmi = torch.linalg.solve(gram_bmm + ridge_b11 * eye_mm, cross_bmi)
    return functional.one_hot(mixing_bmi.argmax(dim=-1), cross_bmi.shape[-1]).transpose(1, 2)
