"""Sudo rm -rf, improved: masks on a learned filterbank from convolutions over successively halved resolutions.

Tzinis, Wang and Smaragdis, "Sudo rm -rf: Efficient Networks for Universal Audio Source Separation", MLSP 2020, with
the changes of "Compute and Memory Efficient Universal Sound Source Separation", 2021 (SuDoRM-RF++): global norms,
one parameter in each PReLU, masks by a 1x1 convolution and ReLU.
Shape suffixes: b batch, t samples, n frames, f filters, d channels, c sources.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import SudoRmRfConfig
from modeling.models.depthwise import filter_channels
from modeling.models.masking import silence_padding
from modeling.models.own_frames import ALIGNED_FRAMES, OwnFrames, OwnFramesNorm

__all__ = ["SudoRmRf", "SudoRmRfConfig"]

KERNEL_FRAMES = 5
"""Of every depthwise convolution, as published."""


class SudoRmRf(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`.

    The mixture is padded with silence until its frames can be halved as often as the resolutions ask, each row
    of a batch for itself. The decoder is joint: every stem may draw on the masked frames of all of them.
    """

    def __init__(self, config: SudoRmRfConfig) -> None:
        super().__init__()
        self.config = config
        filters, length, hop = config.num_filters, config.filter_samples, config.hop_samples
        sources = config.num_sources
        self.encoder = nn.Conv1d(1, filters, length, stride=hop, bias=False)
        self.input_norm = OwnFramesNorm(filters)
        self.bottleneck = nn.Conv1d(filters, config.bottleneck_channels, 1)
        self.blocks = nn.ModuleList(UConvBlock(config) for _ in range(config.num_blocks))
        self.output_prelu = nn.PReLU()
        self.masks = nn.Conv1d(config.bottleneck_channels, sources * filters, 1)
        self.decoder = nn.ConvTranspose1d(sources * filters, sources, length, stride=hop, bias=False)
        nn.init.xavier_uniform_(self.encoder.weight)
        nn.init.xavier_uniform_(self.decoder.weight)

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        frames = self._frames(mix_bt, lengths_b)
        mixture_bfn = self._encode(mix_bt, frames)
        hidden_bdn = self.bottleneck(self.input_norm(mixture_bfn, frames))
        for block in self.blocks:
            hidden_bdn = hidden_bdn + block(hidden_bdn, frames)
        masks = functional.relu(self.masks(self.output_prelu(hidden_bdn)))
        masks_bcfn = masks.view(len(masks), self.config.num_sources, -1, frames.padded)
        stems_bct = self._decode(masks_bcfn * mixture_bfn.unsqueeze(1), mix_bt.shape[-1])
        return silence_padding(stems_bct.to(mix_bt.dtype), lengths_b)

    def _frames(self, mix_bt: Tensor, lengths_b: Tensor | None) -> OwnFrames:
        hop, resolutions = self.config.hop_samples, self.config.num_resolutions
        # As published the length is a multiple of hop and of 2 ** resolutions; where that is not enough to halve
        # the frames evenly, the published code fails.
        block = math.lcm(math.lcm(hop, 2**resolutions) // hop, 2 ** (resolutions - 1))
        samples = mix_bt.shape[-1] if lengths_b is None else lengths_b
        counts = (samples + block * hop - 1) // (block * hop) * block
        return OwnFrames.of(counts, device=mix_bt.device, multiple=math.lcm(block, ALIGNED_FRAMES))

    def _encode(self, mix_bt: Tensor, frames: OwnFrames) -> Tensor:
        before = self.config.filter_samples // 2
        needed = (frames.padded - 1) * self.config.hop_samples + self.config.filter_samples
        padded_bt = functional.pad(mix_bt, (before, needed - before - mix_bt.shape[-1]))
        return frames.silence_(self.encoder(padded_bt.unsqueeze(1)))

    def _decode(self, masked_bcfn: Tensor, samples: int) -> Tensor:
        stems_bct: Tensor = self.decoder(masked_bcfn.flatten(1, 2))
        return stems_bct[..., self.config.filter_samples // 2 :][..., :samples]


class UConvBlock(nn.Module):
    """Successive downsampling and resampling of features (figure 2 of the 2020 paper, algorithm 1)."""

    def __init__(self, config: SudoRmRfConfig) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.expand = nn.Conv1d(config.bottleneck_channels, hidden, 1)
        self.expand_norm = OwnFramesNorm(hidden)
        self.expand_prelu = nn.PReLU()
        self.levels = nn.ModuleList(
            DepthwiseLevel(hidden, stride=1 if level == 0 else 2) for level in range(config.num_resolutions)
        )
        self.output_norm = OwnFramesNorm(hidden)
        self.output_prelu = nn.PReLU()
        self.output = nn.Conv1d(hidden, config.bottleneck_channels, 1)

    def forward(self, hidden_bdn: Tensor, frames: OwnFrames) -> Tensor:
        """What to add to the path through the blocks: `(batch, bottleneck, frames)`."""
        expanded = frames.silence_(self.expand(hidden_bdn))
        expanded = self.expand_prelu(frames.silence_(self.expand_norm(expanded, frames, overwrite=True)))
        merged = _merged(self._downsampled(expanded, frames))
        output: Tensor = self.output(self.output_prelu(self.output_norm(merged, frames, overwrite=True)))
        return output

    def _downsampled(self, hidden_bdn: Tensor, frames: OwnFrames) -> list[Tensor]:
        """The same features at every resolution, the finest first."""
        levels: list[Tensor] = []
        for level in self.levels:
            frames = frames if not levels else frames.halved()
            levels.append(level(levels[-1] if levels else hidden_bdn, frames))
        return levels


class DepthwiseLevel(nn.Module):
    """One resolution: a depthwise convolution of five frames, which may skip every other one, and a norm."""

    def __init__(self, channels: int, *, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, KERNEL_FRAMES, stride=stride, groups=channels)
        self.norm = OwnFramesNorm(channels)

    def forward(self, hidden_bdn: Tensor, frames: OwnFrames) -> Tensor:
        filtered = frames.silence_(filter_channels(hidden_bdn, self.depthwise, before=KERNEL_FRAMES // 2))
        return frames.silence_(self.norm(filtered, frames, overwrite=True))


def _merged(levels: list[Tensor]) -> Tensor:
    """From the coarsest to the finest: repeat each frame twice and add the next level."""
    merged = levels[-1]
    for level in reversed(levels[:-1]):
        merged = level + merged.repeat_interleave(2, dim=-1)
    return merged
