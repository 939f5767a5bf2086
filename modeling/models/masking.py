"""Keeping the padding of unequal lengths out of the sums: every model that norms or attends over time uses this.

Shape suffixes: b batch, d channels, n frames; `...` further axes.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def frame_mask(lengths_b: Tensor, frames: int) -> Tensor:
    """`(batch, frames)`, true where an item has its own frames and false where it is padded."""
    return torch.arange(frames, device=lengths_b.device) < lengths_b.unsqueeze(1)


def silence_padding(signal: Tensor, lengths_b: Tensor | None) -> Tensor:
    """Set everything past each item's own length on the last axis to zero."""
    if lengths_b is None:
        return signal
    mask_bn = frame_mask(lengths_b, signal.shape[-1])
    return signal * mask_bn.view(len(lengths_b), *[1] * (signal.ndim - 2), -1).to(signal.dtype)


def global_norm(
    hidden: Tensor, *, weight_d: Tensor, bias_d: Tensor, eps: float, mask: Tensor | None = None
) -> Tensor:
    """Norm over channels and all later axes of `(batch, channels, ...)`, one mean and variance for each item.

    `mask` broadcasts against `hidden` with one channel, `(batch, 1, ...)`, and says what counts; what does not
    count comes out as zero. Without a mask this is a group norm with one group (gLN of Conv-TasNet).
    """
    if mask is None:
        return functional.group_norm(hidden, 1, weight_d, bias_d, eps)
    axes = tuple(range(1, hidden.ndim))
    kept = mask.to(hidden.dtype).expand(hidden.shape[0], 1, *hidden.shape[2:])
    count = kept.sum(dim=axes, keepdim=True) * hidden.shape[1]
    mean = (hidden * kept).sum(dim=axes, keepdim=True) / count
    centred = (hidden - mean) * kept
    variance = centred.square().sum(dim=axes, keepdim=True) / count
    shape = (1, -1, *[1] * (hidden.ndim - 2))
    normed = centred * (variance + eps).rsqrt() * weight_d.view(shape)
    return (normed + bias_d.view(shape)) * kept
