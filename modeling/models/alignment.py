"""What an estimator looks at: a stem beside its mixture, the other stems and the rest, at defined levels.

Shape suffixes: b batch, c stems, i batch times stems, t samples, k views, f facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from modeling.models.masking import silence_padding

FACTS = 5
SILENCE_RMS = 1e-7
QUIETEST_SHARE = 0.1
"""A stem that has next to nothing to do with its mixture is still shown, 20 dB below it."""

_LIMIT_DB = 40.0


@dataclass(frozen=True, slots=True)
class StemViews:
    """Mixture, stem, sum of the other stems and least-squares residual of every stem, and figures on them."""

    signals_ikt: Tensor
    facts_if: Tensor
    is_silent_i: Tensor


def align_views(mix_bt: Tensor, stems_bct: Tensor, lengths_b: Tensor) -> StemViews:
    """Bring the mixture to unit RMS and each stem to its least-squares level and polarity in it.

    Everything is computed over an item's own length only. The residual is what the best combination of all
    stems leaves of the mixture. Facts are ratios in dB, divided by 10: stem against mixture, stem against the
    sum of the others, the others and the residual against the mixture, and the stem against its nearest other.
    """
    samples_b = lengths_b.clamp_min(1).to(torch.float32)
    mix_bt, mix_is_silent_b = _unit_rms(mix_bt.float(), lengths_b, samples_b)
    units_bct, is_silent_bc = _unit_rms(stems_bct.float(), lengths_b, samples_b)
    correlation_bc = torch.einsum("bct,bt->bc", units_bct, mix_bt) / samples_b[:, None]
    sign_bc = torch.where(correlation_bc < 0, -1.0, 1.0)
    levelled_bct = units_bct * (sign_bc * correlation_bc.abs().clamp_min(QUIETEST_SHARE)).unsqueeze(-1)
    # Not total minus stem: what single precision leaves of that difference would depend on the order.
    apart_cc = 1.0 - torch.eye(stems_bct.shape[1], device=stems_bct.device)
    others_bct = torch.einsum("bct,dc->bdt", levelled_bct, apart_cc)
    residual_bt = _residual(mix_bt, units_bct, samples_b)
    shown_bct = mix_bt.unsqueeze(1).expand_as(levelled_bct)
    signals = torch.stack(
        [shown_bct, levelled_bct, others_bct, residual_bt.unsqueeze(1).expand_as(levelled_bct)], dim=2
    )
    return StemViews(
        signals_ikt=signals.flatten(0, 1),
        facts_if=_facts(signals, units_bct, samples_b).flatten(0, 1),
        is_silent_i=(is_silent_bc | mix_is_silent_b.unsqueeze(-1)).flatten(),
    )


def _unit_rms(signal: Tensor, lengths_b: Tensor, samples_b: Tensor) -> tuple[Tensor, Tensor]:
    """Without its mean, at unit RMS; silence stays silence, and says so."""
    shape = (-1, *[1] * (signal.ndim - 1))
    signal = silence_padding(signal, lengths_b)
    # Scaling by the peak first keeps squares of very small or very large samples inside single precision.
    peak = signal.abs().amax(dim=-1, keepdim=True)
    scaled = signal / peak.clamp_min(torch.finfo(torch.float32).tiny)
    mean = scaled.sum(dim=-1, keepdim=True) / samples_b.view(shape)
    centred = silence_padding(scaled - mean, lengths_b)
    rms = (centred.square().sum(dim=-1, keepdim=True) / samples_b.view(shape)).sqrt()
    is_silent = ((peak < SILENCE_RMS) | (rms < 1e-6)).squeeze(-1)
    unit = centred / rms.clamp_min(1e-6)
    return unit.masked_fill(is_silent.unsqueeze(-1), 0.0), is_silent


def _residual(mix_bt: Tensor, units_bct: Tensor, samples_b: Tensor) -> Tensor:
    count_b = samples_b.double()
    gram_bcc = torch.einsum("bct,bdt->bcd", units_bct, units_bct).double() / count_b[:, None, None]
    onto_bc = torch.einsum("bct,bt->bc", units_bct, mix_bt).double() / count_b[:, None]
    # Two equal stems share their part of the mixture evenly instead of taking huge opposite gains.
    ridge_cc = 1e-4 * torch.eye(units_bct.shape[1], dtype=torch.float64, device=mix_bt.device)
    gains_bc = torch.linalg.solve(gram_bcc + ridge_cc, onto_bc.unsqueeze(-1)).squeeze(-1)
    return mix_bt - torch.einsum("bct,bc->bt", units_bct, gains_bc.to(units_bct.dtype))


def _facts(signals_bckt: Tensor, units_bct: Tensor, samples_b: Tensor) -> Tensor:
    count_bc = samples_b.unsqueeze(-1)
    mix, stem, others, residual = signals_bckt.unbind(dim=2)
    gram_bcc = torch.einsum("bct,bdt->bcd", units_bct, units_bct) / count_bc.unsqueeze(-1)
    nearest_bc = (gram_bcc.abs() * (1 - torch.eye(gram_bcc.shape[-1], device=gram_bcc.device))).amax(dim=-1)
    facts = [
        _explained_db(_cosine(stem, mix)),
        _explained_db(_cosine(stem, others)),
        10 * torch.log10(others.square().sum(-1) / count_bc + 1e-4),
        10 * torch.log10(residual.square().sum(-1) / count_bc + 1e-4),
        _explained_db(nearest_bc),
    ]
    return torch.stack(facts, dim=-1).clamp(-_LIMIT_DB, _LIMIT_DB) / 10.0


def _cosine(first: Tensor, second: Tensor) -> Tensor:
    energies = first.square().sum(-1) * second.square().sum(-1)
    return (first * second).sum(-1) * energies.clamp_min(1e-12).rsqrt()


def _explained_db(cosine: Tensor) -> Tensor:
    """SI-SNR that follows from the cosine of two signals, floored where single precision ends."""
    explained = cosine.square().clamp(0.0, 1.0)
    return 10 * torch.log10((explained + 1e-4) / (1.0 - explained + 1e-4))
