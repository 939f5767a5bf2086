"""SI-SNR, SNR and SD-SDR in dB, of every pair of an estimate and a reference or of each with its own.

Le Roux et al., 2019 (arXiv 1811.02508). With a target part s and an error e of an estimate x of a reference r:

- SI-SNR: s is the projection of x on r, e = x - s, both without their means. Blind to scale and offset.
- SNR: s = r, e = x - r.
- SD-SDR: s is the projection of x on r, e = x - r. Blind to nothing, and a too quiet estimate costs twice.

Every figure and its gradient is finite, within +-`LIMIT_DB`. A silent reference scores -100 dB everywhere. A silent
estimate scores -100 dB by SI-SNR and SD-SDR (there is no direction to compare) and 0 dB by SNR (the error is the
reference). Silent is a signal of an energy below 1e-34 and, for SI-SNR, one that is constant (or a single sample).
The gradient is zero where a limit is reached or a signal is silent, except for SNR of a silent estimate. Inputs
may be of any float type; sums are double, results are single precision, or double for double inputs.

Shape suffixes: b batch, e estimates, r references, t samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from modeling.losses.products import Products, inner_products

LIMIT_DB = 100.0
"""Figures are kept within +-LIMIT_DB: single precision cannot tell more, and silence needs a number."""

_FLOOR = 10 ** (-LIMIT_DB / 10)
_SILENT_ENERGY = 1e-34
_CONSTANT_SHARE = 1e-12
"""A signal whose energy about its mean is a smaller share of its energy is constant but for rounding."""

_LOG2_PER_DB = math.log2(10) / 10

Ratio = Callable[[Products, Tensor], Tensor]


def pairwise_si_snr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SI-SNR of every estimate against every reference: `(b, e, t), (b, r, t) -> (b, e, r)`."""
    return _pairwise(_si_snr, estimate, reference, lengths_b)


def pairwise_snr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SNR of every estimate against every reference: `(b, e, t), (b, r, t) -> (b, e, r)`."""
    return _pairwise(_snr, estimate, reference, lengths_b)


def pairwise_sd_sdr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SD-SDR of every estimate against every reference: `(b, e, t), (b, r, t) -> (b, e, r)`."""
    return _pairwise(_sd_sdr, estimate, reference, lengths_b)


def si_snr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SI-SNR of each estimate against its own reference: `(..., t), (..., t) -> (...)`."""
    return _each(_si_snr, estimate, reference, lengths_b)


def snr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SNR of each estimate against its own reference: `(..., t), (..., t) -> (...)`."""
    return _each(_snr, estimate, reference, lengths_b)


def sd_sdr_db(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    """SD-SDR of each estimate against its own reference: `(..., t), (..., t) -> (...)`."""
    return _each(_sd_sdr, estimate, reference, lengths_b)


def soft_ceiling_db(score_db: Tensor, *, ceiling_db: float = 30.0) -> Tensor:
    """Bend a figure so that it approaches `ceiling_db` and no more; at the ceiling itself 3 dB are gone.

    The same as adding `10 ** (-ceiling_db / 10)` times the target's energy to the error's (Wisdom et al., 2020,
    arXiv 2006.12701): what is almost right already stops pulling.
    """
    ceiling = torch.full_like(score_db, -ceiling_db)
    return -torch.logaddexp2(score_db * -_LOG2_PER_DB, ceiling * _LOG2_PER_DB) / _LOG2_PER_DB


def _pairwise(ratio: Ratio, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None) -> Tensor:
    if estimate.ndim != 3 or reference.ndim != 3 or _outer(estimate) != _outer(reference):
        raise ValueError(
            f"estimate and reference must be (batch, signals, samples) of equal batch and samples, "
            f"not {tuple(estimate.shape)} and {tuple(reference.shape)}"
        )
    products = inner_products(estimate=estimate, reference=reference, lengths_b=lengths_b)
    samples_b = (
        torch.full((len(estimate),), estimate.shape[-1], device=estimate.device)
        if lengths_b is None
        else lengths_b
    )
    score_ber = ratio(products, samples_b.double().clamp_min(1.0))
    return score_ber.to(
        torch.promote_types(torch.promote_types(estimate.dtype, reference.dtype), torch.float32)
    )


def _outer(signal: Tensor) -> tuple[int, int]:
    return signal.shape[0], signal.shape[-1]


def _each(ratio: Ratio, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None) -> Tensor:
    if estimate.shape != reference.shape:
        raise ValueError(
            f"estimate is {tuple(estimate.shape)}, reference {tuple(reference.shape)}: not equal"
        )
    shape, samples = estimate.shape[:-1], estimate.shape[-1]
    if lengths_b is not None:
        lengths_b = lengths_b.view(-1, *[1] * (len(shape) - 1)).expand(shape).reshape(-1)
    estimate_b1t, reference_b1t = (signal.reshape(-1, 1, samples) for signal in (estimate, reference))
    return _pairwise(ratio, estimate_b1t, reference_b1t, lengths_b).reshape(shape)


def _si_snr(products: Products, samples_b: Tensor) -> Tensor:
    samples_b1 = samples_b.unsqueeze(1)
    energy_be1 = products.estimate_energy_be - products.estimate_sum_be.square() / samples_b1
    energy_br1 = products.reference_energy_br - products.reference_sum_br.square() / samples_b1
    means_ber = products.estimate_sum_be.unsqueeze(2) * products.reference_sum_br.unsqueeze(1)
    cross_ber = products.cross_ber - means_ber / samples_b1.unsqueeze(2)
    silent_be = _is_silent(energy_be1, products.estimate_energy_be)
    silent_br = _is_silent(energy_br1, products.reference_energy_br)
    # Divided one after the other: the product of two energies may leave the range of numbers.
    cosine_ber = (
        cross_ber / _root(energy_be1, silent_be).unsqueeze(2) / _root(energy_br1, silent_br).unsqueeze(1)
    )
    target_ber = cosine_ber.square()
    silent_ber = silent_be.unsqueeze(2) | silent_br.unsqueeze(1)
    return _decibels(target_ber, 1 - target_ber, silent_ber)


def _snr(products: Products, samples_b: Tensor) -> Tensor:
    silent_b1r = (products.reference_energy_br < _SILENT_ENERGY).unsqueeze(1)
    target_b1r = products.reference_energy_br.unsqueeze(1).masked_fill(silent_b1r, 1.0)
    error_ber = _error(products) / target_b1r
    return _decibels(torch.ones_like(error_ber), error_ber, silent_b1r.expand_as(error_ber))


def _sd_sdr(products: Products, samples_b: Tensor) -> Tensor:
    silent_be = products.estimate_energy_be < _SILENT_ENERGY
    silent_br = products.reference_energy_br < _SILENT_ENERGY
    silent_ber = silent_be.unsqueeze(2) | silent_br.unsqueeze(1)
    energy_b1r = products.reference_energy_br.masked_fill(silent_br, 1.0).unsqueeze(1)
    scale_ber = products.cross_ber / energy_b1r
    return _decibels(scale_ber.square(), _error(products) / energy_b1r, silent_ber)


def _error(products: Products) -> Tensor:
    """Energy of the difference of every pair."""
    energies = products.estimate_energy_be.unsqueeze(2) + products.reference_energy_br.unsqueeze(1)
    return energies - 2 * products.cross_ber


def _is_silent(centred_energy: Tensor, energy: Tensor) -> Tensor:
    return (energy < _SILENT_ENERGY) | (centred_energy <= _CONSTANT_SHARE * energy)


def _root(energy: Tensor, silent: Tensor) -> Tensor:
    return energy.masked_fill(silent, 1.0).sqrt()


def _decibels(target: Tensor, error: Tensor, silent: Tensor) -> Tensor:
    """10 log10 of target over error within the limits; both are relative to the energy of a signal."""
    target, error = target.masked_fill(silent, 1.0), error.masked_fill(silent, 1.0)
    ratio = target.clamp_min(_FLOOR * _FLOOR) / error.clamp_min(_FLOOR * _FLOOR)
    return (10 * torch.log10(ratio)).masked_fill(silent, -LIMIT_DB).clamp(-LIMIT_DB, LIMIT_DB)
