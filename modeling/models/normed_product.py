"""A linear layer behind a layer norm that keeps only the norm's input for the way back.

Shape suffixes: d features in, o features out; `...` any axes before.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


def normed_product(hidden: Tensor, *, norm: nn.LayerNorm, projection: nn.Linear) -> Tensor:
    """`projection(norm(hidden))`: `(..., d) -> (..., o)`.

    PyTorch would keep the normed signal beside its input, a sixth of what a transformer layer keeps for training,
    although it is made from the input again in a hundredth of the layer's time.
    """
    product: Tensor = _NormedProduct.apply(  # type: ignore[no-untyped-call]
        hidden, norm.weight, norm.bias, projection.weight, projection.bias, norm.eps
    )
    return product


class _NormedProduct(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        gain_d: Tensor,
        shift_d: Tensor,
        weight_od: Tensor,
        bias_o: Tensor,
        eps: float,
    ) -> Tensor:
        normed, mean, inverse_deviation = torch.native_layer_norm(
            hidden, hidden.shape[-1:], gain_d, shift_d, eps
        )
        ctx.save_for_backward(hidden, mean, inverse_deviation, gain_d, shift_d, weight_od)
        return functional.linear(normed, weight_od, bias_o)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        hidden, mean, inverse_deviation, gain_d, shift_d, weight_od = ctx.saved_tensors
        rows = gradient.flatten(0, -2)
        # Under autocast the gradient arrives in half precision: its products stay in it, as autocast would have it.
        normed = ((hidden - mean) * inverse_deviation).mul_(gain_d).add_(shift_d).to(rows.dtype)
        to_weight = rows.T @ normed.flatten(0, -2)
        to_normed = (gradient @ weight_od.to(rows.dtype)).to(hidden.dtype)
        to_hidden, to_gain, to_shift = torch.ops.aten.native_layer_norm_backward(
            to_normed, hidden, hidden.shape[-1:], mean, inverse_deviation, gain_d, shift_d, [True] * 3
        )
        to_bias = rows.sum(dim=0).to(weight_od.dtype)
        return to_hidden, to_gain, to_shift, to_weight.to(weight_od.dtype), to_bias, None
