"""MixIT: learning from mixtures alone, by separating a sum of mixtures and sorting the stems back.

Shape suffixes: b batch, m stems, i mixtures, a assignments, t samples.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from modeling.losses.products import inner_products
from modeling.losses.ratios import snr_db, soft_ceiling_db

EXHAUSTIVE_UP_TO = 8
"""Stems up to which every assignment is tried; beyond, the least-squares one is taken."""


def mixit_loss(
    *, estimate: Tensor, mixture: Tensor, lengths_b: Tensor | None = None, ceiling_db: float = 30.0
) -> Tensor:
    """Negative soft-ceiling SNR in dB of the mixtures remixed from stems, under the best assignment.

    `(b, m, t), (b, i, t) -> ()`: stems of the sum of i mixtures (usually 2), and those mixtures. Wisdom et al.,
    2020 (arXiv 2006.12701, equations 3 and 4).
    """
    assignment_bim = assign_to_mixtures(estimate=estimate, mixture=mixture, lengths_b=lengths_b)
    with torch.autocast(estimate.device.type, enabled=False):
        remixed_bit = assignment_bim @ estimate.float()
    score_bi = snr_db(estimate=remixed_bit, reference=mixture.float(), lengths_b=lengths_b)
    return -soft_ceiling_db(score_bi, ceiling_db=ceiling_db).mean()


@torch.no_grad()
def assign_to_mixtures(*, estimate: Tensor, mixture: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """Which mixture each stem belongs to, one-hot over mixtures: `(b, m, t), (b, i, t) -> (b, i, m)`.

    Up to eight stems the assignment with the largest sum of SNRs over the mixtures, of all there are. Beyond, the
    least-squares mixing matrix with each stem given to its largest entry (Wisdom et al., 2021, arXiv 2106.00847).
    """
    gram_bmm, cross_bmi, energy_bi = _gram(estimate, mixture, lengths_b)
    if estimate.shape[1] > EXHAUSTIVE_UP_TO:
        return _least_squares(gram_bmm, cross_bmi).to(torch.float32)
    return _exhaustive(gram_bmm, cross_bmi, energy_bi).to(torch.float32)


def _gram(estimate: Tensor, mixture: Tensor, lengths_b: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    own = inner_products(estimate=estimate, reference=estimate, lengths_b=lengths_b)
    across = inner_products(estimate=estimate, reference=mixture, lengths_b=lengths_b)
    return own.cross_ber, across.cross_ber, across.reference_energy_br


def _exhaustive(gram_bmm: Tensor, cross_bmi: Tensor, energy_bi: Tensor) -> Tensor:
    stems, mixtures = cross_bmi.shape[1:]
    choices = torch.tensor(list(product(range(mixtures), repeat=stems)), device=gram_bmm.device)
    chosen_aim = torch.nn.functional.one_hot(choices, mixtures).transpose(1, 2).to(gram_bmm.dtype)
    remixed_bai = torch.einsum("aim,bmn,ain->bai", chosen_aim, gram_bmm, chosen_aim)
    shared_bai = torch.einsum("aim,bmi->bai", chosen_aim, cross_bmi)
    floor_bi = (1e-10 * energy_bi).clamp_min(1e-34)
    error_bai = torch.maximum(energy_bi.unsqueeze(1) - 2 * shared_bai + remixed_bai, floor_bi.unsqueeze(1))
    # The mixtures' own energies are the same for every assignment and drop out of the comparison.
    return chosen_aim[error_bai.log().sum(dim=-1).argmin(dim=-1)]


def _least_squares(gram_bmm: Tensor, cross_bmi: Tensor) -> Tensor:
    stems = gram_bmm.shape[-1]
    # A trace of ridge: stems may be silent or equal.
    ridge_b11 = 1e-6 * gram_bmm.diagonal(dim1=1, dim2=2).mean(dim=-1).view(-1, 1, 1) + 1e-34
    eye_mm = torch.eye(stems, dtype=gram_bmm.dtype, device=gram_bmm.device)
    mixing_bmi = torch.linalg.solve(gram_bmm + ridge_b11 * eye_mm, cross_bmi)
    return torch.nn.functional.one_hot(mixing_bmi.argmax(dim=-1), cross_bmi.shape[-1]).transpose(1, 2)
