"""Linear layers whose bias, ReLU and shortcut oneDNN adds while the product is still in the cache, on a CPU.

PyTorch's own product copies the bias into its output first and reads it back for every addition behind it; that is
a tenth of a transformer's time on one thread. Nothing is fused while gradients are recorded, in half precision or
where this PyTorch has no oneDNN: the plain layers then do the same.

Shape suffixes: d features in, o features out; `...` any axes before.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")  # type: ignore[no-untyped-call]


def is_fusable(hidden: Tensor) -> bool:
    """Whether products of this signal may be fused: single precision on a CPU, and no gradients to record."""
    return (
        HAS_ONEDNN
        and hidden.device.type == "cpu"
        and hidden.dtype == torch.float32
        and hidden.numel() > 0
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        # Inductor fuses by itself, and its lowering of this operator asks for frozen weights.
        and not torch.compiler.is_compiling()
    )


def product(
    hidden: Tensor,
    layer: nn.Linear,
    *,
    activation: Literal["none", "relu"] = "none",
    added: Tensor | None = None,
) -> Tensor:
    """`activation(layer(hidden))`, or `layer(hidden) + added`: `(..., d) -> (..., o)`, never in place.

    `added` has the shape of the result and goes with no activation.
    """
    if hidden.ndim == 3 and added is None and not hidden.is_contiguous():
        # What an LSTM with the batch first gives lies frames first; a product of a view would multiply row by row.
        swapped = hidden.transpose(0, 1)
        if swapped.is_contiguous():
            return product(swapped, layer, activation=activation).transpose(0, 1)
    if is_fusable(hidden):
        return _fused(hidden, layer, activation=activation, added=added)
    result: Tensor = layer(hidden)
    if added is not None:
        return result + added
    return result.relu() if activation == "relu" else result


def _fused(hidden: Tensor, layer: nn.Linear, *, activation: str, added: Tensor | None) -> Tensor:
    onednn = torch.ops.mkldnn._linear_pointwise
    if added is not None:
        total: Tensor = onednn.binary(hidden, added, layer.weight, layer.bias, "add")
        return total
    result: Tensor = onednn(hidden, layer.weight, layer.bias, activation, [], "")
    return result
