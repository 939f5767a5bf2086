"""Frames of a padded batch: which are an item's own, and norms that see no others; shared by convolutional models.

Shape suffixes: b batch, d channels, n frames (of the padded batch), t samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from modeling.models.masking import frame_mask

ALIGNED_FRAMES = 16
"""Frames are padded to a multiple of this: with rows that begin on a cache line (64 bytes of float32) the matrix
products of a 1x1 convolution take 0.6 of the time on a CPU, measured at 3,999 against 4,000 frames."""


@dataclass(frozen=True, slots=True)
class OwnFrames:
    """How many of `padded` frames belong to each item; what is past them is kept silent."""

    padded: int
    counts_b: Tensor
    """Own frames of each item, or one number for all."""
    same: int | None
    """That number, where all items have it: a slice is then enough instead of a mask."""

    @classmethod
    def of(cls, counts: int | Tensor, *, device: torch.device, multiple: int = ALIGNED_FRAMES) -> OwnFrames:
        """From one count for all items or one for each; padded up to the next multiple."""
        longest = int(counts) if isinstance(counts, int) else int(counts.max())
        padded = -(-longest // multiple) * multiple
        if isinstance(counts, int):
            return cls(padded, torch.tensor([counts], device=device), counts)
        return cls(padded, counts.to(device), None)

    def halved(self) -> OwnFrames:
        """After a convolution with stride 2; counts must be even, or nothing past them be read."""
        same = None if self.same is None else (self.same + 1) // 2
        return OwnFrames(self.padded // 2, (self.counts_b + 1) // 2, same)

    def silence_(self, hidden_bdn: Tensor) -> Tensor:
        """Set what is past each item's own frames to zero, in place."""
        if self.same is None:
            mask_bn = frame_mask(self.counts_b, self.padded)
            return hidden_bdn.mul_(mask_bn.unsqueeze(1).to(hidden_bdn.dtype))
        if self.same < self.padded:
            hidden_bdn[..., self.same :] = 0.0
        return hidden_bdn


class OwnFramesNorm(nn.Module):
    """Layer norm of `(batch, channels, frames)` over an item's own frames, with a gain and a bias per channel.

    `global` takes one mean and variance for each item (gLN, Luo and Mesgarani 2019, equations 17 to 19);
    `channel` one for each frame; `cumulative` one for each frame from all frames so far (their cLN, equations
    20 to 22). The input must be silent past the own frames; the output there is arbitrary, but finite.
    Where no gradients are recorded, `overwrite` lets the output take the place of the input.
    """

    def __init__(
        self, channels: int, scope: Literal["global", "channel", "cumulative"] = "global", eps: float = 1e-8
    ) -> None:
        super().__init__()
        self.scope, self.eps = scope, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, hidden_bdn: Tensor, frames: OwnFrames, *, overwrite: bool = False) -> Tensor:
        if self.scope == "channel":
            return self._per_frame(hidden_bdn)
        mean, variance = (
            _moments_of_item(hidden_bdn, frames)
            if self.scope == "global"
            else _moments_so_far(hidden_bdn, frames)
        )
        scale = self.weight.unsqueeze(-1) * (variance.clamp_min(0.0) + self.eps).rsqrt()
        shift = self.bias.unsqueeze(-1) - mean * scale
        scale, shift = scale.to(hidden_bdn.dtype), shift.to(hidden_bdn.dtype)
        if overwrite and not torch.is_grad_enabled():
            return hidden_bdn.mul_(scale).add_(shift)
        return torch.addcmul(shift, hidden_bdn, scale)

    def _per_frame(self, hidden_bdn: Tensor) -> Tensor:
        centred = hidden_bdn - hidden_bdn.mean(dim=1, keepdim=True)
        variance = centred.square().mean(dim=1, keepdim=True)
        normed = centred * (variance + self.eps).rsqrt()
        return torch.addcmul(self.bias.unsqueeze(-1), normed, self.weight.unsqueeze(-1))


def _moments_of_item(hidden_bdn: Tensor, frames: OwnFrames) -> tuple[Tensor, Tensor]:
    # Row by row and then over the rows: over a whole item at once `vector_norm` loses four digits. The difference
    # of squares is safe here: over channels and time the mean is never large against the deviation.
    wide = torch.promote_types(hidden_bdn.dtype, torch.float32)
    count_b = frames.counts_b.to(wide) * hidden_bdn.shape[1]
    mean = hidden_bdn.sum(dim=-1, dtype=wide).sum(dim=-1) / count_b
    norms_bd = torch.linalg.vector_norm(hidden_bdn, dim=-1, dtype=wide)
    mean_square = norms_bd.square().sum(dim=-1) / count_b
    return mean.view(-1, 1, 1), (mean_square - mean.square()).view(-1, 1, 1)


def _moments_so_far(hidden_bdn: Tensor, frames: OwnFrames) -> tuple[Tensor, Tensor]:
    # Running sums over long recordings lose digits in fp32; there is only one number for each frame.
    sums = hidden_bdn.sum(dim=1, keepdim=True, dtype=torch.float64).cumsum(dim=-1)
    squares = hidden_bdn.float().square().sum(dim=1, keepdim=True, dtype=torch.float64).cumsum(dim=-1)
    count = torch.arange(1, frames.padded + 1, device=hidden_bdn.device) * hidden_bdn.shape[1]
    mean = sums / count
    wide = torch.promote_types(hidden_bdn.dtype, torch.float32)
    return mean.to(wide), (squares / count - mean.square()).to(wide)
