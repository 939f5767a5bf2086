"""Inner products of estimates and references, summed in double precision without a double copy of the signals.

Every ratio in dB is a function of these few numbers. In single precision their differences are dust beyond about
90 dB; in double nothing is lost up to 150 dB, whatever the level of the signals. The signals are widened block by
block, so that the wide copy stays in the cache: that is what makes this faster than single precision with
residuals.

Shape suffixes: b batch, e estimates, r references, s any signals, t samples.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from modeling.models.masking import silence_padding

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
        block = _block_samples(estimate_bet, reference_brt)
        totals: list[Tensor] | None = None
        for start in range(0, max(1, estimate_bet.shape[-1]), block):
            sums = _sum_block(estimate_bet, reference_brt, lengths_b, slice(start, start + block))
            totals = (
                sums if totals is None else [total.add_(new) for total, new in zip(totals, sums, strict=True)]
            )
        assert totals is not None
        return tuple(totals)

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


def _block_samples(estimate_bet: Tensor, reference_brt: Tensor) -> int:
    rows = estimate_bet.shape[0] * (estimate_bet.shape[1] + reference_brt.shape[1])
    return max(1024, _BLOCK_BYTES.get(estimate_bet.device.type, 2**24) // (8 * max(1, rows)))


def _sum_block(
    estimate_bet: Tensor, reference_brt: Tensor, lengths_b: Tensor | None, block: slice
) -> list[Tensor]:
    left_b = None if lengths_b is None else lengths_b - block.start
    estimate = silence_padding(estimate_bet[..., block].double(), left_b)
    reference = silence_padding(reference_brt[..., block].double(), left_b)
    # Autocast would bring the product down to 16 bits.
    with torch.autocast(estimate.device.type, enabled=False):
        cross = estimate @ reference.transpose(1, 2)
    energies = [torch.linalg.vecdot(signal, signal) for signal in (estimate, reference)]
    return [cross, *energies, estimate.sum(dim=-1), reference.sum(dim=-1)]


def _pull_back(own_bst: Tensor, other: Tensor, cross: Tensor, energy_bs: Tensor, sum_bs: Tensor) -> Tensor:
    # Double signals (gradient checks) stay double, half precision is brought to single.
    dtype = torch.promote_types(own_bst.dtype, torch.float32)
    own, other = own_bst.to(dtype), other.to(dtype)
    with torch.autocast(own.device.type, enabled=False):
        gradient = torch.baddbmm(sum_bs.unsqueeze(-1).to(dtype).expand_as(own), cross.to(dtype), other)
    return gradient.addcmul_(own, energy_bs.unsqueeze(-1).to(dtype), value=2.0)
