"""Inner products of estimates and references, summed in double precision without a double copy of the signals.

Every ratio in dB is a function of these few numbers. In single precision their differences are dust beyond about
90 dB; in double nothing is lost up to 150 dB, whatever the level of the signals. The signals are widened block by
block, so that the wide copy stays in the cache: that is what makes this faster than single precision with
residuals.

Shape suffixes: b batch, e estimates, r references, s any signals, t samples.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from modeling.models.masking import frame_mask, silence_padding

_BLOCK_BYTES = {"cpu": 2**21, "cuda": 2**28}


class Products(NamedTuple):
    """Sums over time, in double precision."""

    cross_ber: Tensor
    estimate_energy_be: Tensor
    reference_energy_br: Tensor
    estimate_sum_be: Tensor
    reference_sum_br: Tensor


def inner_products(*, estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Products:
    """All products of `(b, e, t)` with `(b, r, t)`; samples at and past `lengths_b` count as zero."""
    products = _InnerProducts.apply(estimate, reference, lengths_b)  # type: ignore[no-untyped-call]
    return Products(*products)


class _InnerProducts(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any, estimate_bet: Tensor, reference_brt: Tensor, lengths_b: Tensor | None
    ) -> tuple[Tensor, ...]:
        context.save_for_backward(estimate_bet, reference_brt, lengths_b)
        gram_bss, sum_bs = _sum_blocks(estimate_bet, reference_brt, lengths_b)
        own, others = slice(None, estimate_bet.shape[1]), slice(estimate_bet.shape[1], None)
        energy_bs = gram_bss.diagonal(dim1=1, dim2=2)
        views = (
            gram_bss[:, own, others],
            energy_bs[:, own],
            energy_bs[:, others],
            sum_bs[:, own],
            sum_bs[:, others],
        )
        return tuple(view.clone() for view in views)

    @staticmethod
    @once_differentiable
    def backward(
        context: Any,
        cross_ber: Tensor,
        energy_be: Tensor,
        energy_br: Tensor,
        sum_be: Tensor,
        sum_br: Tensor,
    ) -> tuple[Tensor | None, ...]:
        estimate, reference, lengths_b = context.saved_tensors
        to_estimate = to_reference = None
        if context.needs_input_grad[0]:
            to_estimate = _pull_back(estimate, reference, cross_ber, energy_be, sum_be)
            to_estimate = silence_padding(to_estimate, lengths_b).to(estimate.dtype)
        if context.needs_input_grad[1]:
            to_reference = _pull_back(reference, estimate, cross_ber.transpose(1, 2), energy_br, sum_br)
            to_reference = silence_padding(to_reference, lengths_b).to(reference.dtype)
        return to_estimate, to_reference, None


def _sum_blocks(
    estimate_bet: Tensor, reference_brt: Tensor, lengths_b: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Products of all signals with all, estimates first, and their sums."""
    batch, signals = len(estimate_bet), estimate_bet.shape[1] + reference_brt.shape[1]
    items, samples = _block_shape(estimate_bet, signals)
    wide_bst = estimate_bet.new_empty(items, signals, samples, dtype=torch.float64)
    gram_bss = wide_bst.new_zeros(batch, signals, signals)
    sum_bs = wide_bst.new_zeros(batch, signals)
    for first, start in product(range(0, batch, items), range(0, estimate_bet.shape[-1], samples)):
        rows = slice(first, min(batch, first + items))
        block_bst = _widen(wide_bst, estimate_bet[rows, :, start:], reference_brt[rows, :, start:])
        if lengths_b is not None:
            block_bst *= frame_mask(lengths_b[rows] - start, block_bst.shape[-1]).unsqueeze(1)
        gram_bss[rows] += block_bst @ block_bst.transpose(1, 2)
        sum_bs[rows] += block_bst.sum(dim=-1)
    return gram_bss, sum_bs


def _block_shape(estimate_bet: Tensor, signals: int) -> tuple[int, int]:
    """How many items and how many of their samples are widened at once: whole items before pieces of them."""
    batch, _, samples = estimate_bet.shape
    values = _BLOCK_BYTES.get(estimate_bet.device.type, 2**24) // (8 * max(1, signals))
    if values < samples:
        return 1, max(1, values)
    return max(1, min(batch, values // max(1, samples))), max(1, samples)


def _widen(wide_bst: Tensor, estimate_bet: Tensor, reference_brt: Tensor) -> Tensor:
    """Copy both into the double buffer, as far as it reaches."""
    items, estimates, samples = estimate_bet.shape
    block_bst = wide_bst[:items, :, : min(wide_bst.shape[-1], samples)]
    block_bst[:, :estimates] = estimate_bet[..., : block_bst.shape[-1]]
    block_bst[:, estimates:] = reference_brt[..., : block_bst.shape[-1]]
    return block_bst


def _pull_back(own_bst: Tensor, other: Tensor, cross: Tensor, energy_bs: Tensor, sum_bs: Tensor) -> Tensor:
    # Double signals (gradient checks) stay double, half precision is brought to single.
    dtype = torch.promote_types(own_bst.dtype, torch.float32)
    own, other = own_bst.to(dtype), other.to(dtype)
    with torch.autocast(own.device.type, enabled=False):
        gradient = torch.baddbmm(sum_bs.unsqueeze(-1).to(dtype).expand_as(own), cross.to(dtype), other)
    return gradient.addcmul_(own, energy_bs.unsqueeze(-1).to(dtype), value=2.0)
