"""SI-SNR in dB, for every pair of an estimate and a reference, and as a training loss.

Shape suffixes: b batch, e estimates, r references, t samples.
"""

from __future__ import annotations

import torch
from torch import Tensor

from modeling.permutation import best_assignment

LIMIT_DB = 100.0
"""SI-SNR is kept within +-LIMIT_DB: single precision cannot tell more, and silence needs a number."""

_SILENCE = 1e-10


def pairwise_si_snr_db(*, estimate: Tensor, reference: Tensor) -> Tensor:
    """SI-SNR in dB of every estimate against every reference: `(b, e, t), (b, r, t) -> (b, e, r)`.

    Le Roux et al., 2019 (arXiv 1811.02508), with the mean removed. Both signals are first brought to unit
    energy, so the figure does not depend on any scale, and the error is measured on the residual itself, not
    on a difference of energies, so a perfect match reaches +100 dB. A silent (or constant, or one-sample)
    estimate or reference has no direction to compare: -100 dB. Half precision is computed in single.
    """
    estimate_be1t = _unit_energy(estimate).unsqueeze(2)
    reference_b1rt = _unit_energy(reference).unsqueeze(1)
    correlation_ber1 = (estimate_be1t * reference_b1rt).sum(dim=-1, keepdim=True)
    target_bert = correlation_ber1 * reference_b1rt
    noise_ber = (estimate_be1t - target_bert).square().sum(dim=-1)
    target_ber = correlation_ber1.squeeze(-1).square()
    floor = 10 ** (-LIMIT_DB / 10)
    ratio_ber = target_ber.clamp_min(floor) / noise_ber.clamp_min(floor)
    si_snr_ber = 10 * torch.log10(ratio_ber)
    # Two silent signals have no error either: the ratio would read 0 dB.
    silent_ber = (noise_ber + target_ber) < 0.5
    return si_snr_ber.masked_fill(silent_ber, -LIMIT_DB).clamp(-LIMIT_DB, LIMIT_DB)


def si_snr_db(*, estimate: Tensor, reference: Tensor) -> Tensor:
    """SI-SNR in dB of each estimate against its own reference: `(..., t), (..., t) -> (...)`."""
    if estimate.shape != reference.shape:
        raise ValueError(
            f"estimate is {tuple(estimate.shape)}, reference {tuple(reference.shape)}: not equal"
        )
    estimate_b1t = estimate.reshape(-1, 1, estimate.shape[-1])
    reference_b1t = reference.reshape(-1, 1, reference.shape[-1])
    return pairwise_si_snr_db(estimate=estimate_b1t, reference=reference_b1t).reshape(estimate.shape[:-1])


def pit_si_snr_loss(*, estimate: Tensor, reference: Tensor, ceiling_db: float = 30.0) -> Tensor:
    """Negative SI-SNR under the best order of sources, mean over the batch (utterance-level PIT).

    Items already better than `ceiling_db` give no gradient: what remains there is numerical dust.
    """
    assignment = best_assignment(pairwise_si_snr_db(estimate=estimate, reference=reference))
    return -assignment.score_br.mean(dim=-1).clamp(max=ceiling_db).mean()


def _unit_energy(signal: Tensor) -> Tensor:
    signal = signal.float()
    # Scaling by the peak first keeps squares of very small or very large samples inside single precision.
    peak = signal.detach().abs().amax(dim=-1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
    centred = signal / peak
    centred = centred - centred.mean(dim=-1, keepdim=True)
    energy = centred.square().sum(dim=-1, keepdim=True)
    unit = centred * energy.clamp_min(_SILENCE).rsqrt()
    return torch.where(energy > _SILENCE, unit, torch.zeros_like(unit))
