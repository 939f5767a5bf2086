"""Conv-TasNet: masks on a learned filterbank, from a stack of dilated depthwise-separable convolutions.

Luo and Mesgarani, "Conv-TasNet: Surpassing Ideal Time-Frequency Magnitude Masking for Speech Separation",
TASLP 27 (2019). Shape suffixes: b batch, t samples, n frames, f filters, d channels, c sources.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import ConvTasnetConfig
from modeling.models.depthwise import filter_channels
from modeling.models.masking import silence_padding
from modeling.models.own_frames import OwnFrames, OwnFramesNorm

__all__ = ["ConvTasnet", "ConvTasnetConfig"]


class ConvTasnet(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`.

    With `lengths_b` the rows are zero-padded, and each comes out as it would alone. Frames are padded once more,
    to whole cache lines; norms and convolutions leave out what is not an item's own.
    """

    def __init__(self, config: ConvTasnetConfig) -> None:
        super().__init__()
        self.config = config
        filters, length, hop = config.num_filters, config.filter_samples, config.hop_samples
        blocks = config.blocks_per_repeat * config.num_repeats
        self.encoder = nn.Conv1d(1, filters, length, stride=hop, bias=False)
        self.input_norm = OwnFramesNorm(filters, config.input_norm)
        self.bottleneck = nn.Conv1d(filters, config.bottleneck_channels, 1, bias=config.has_biases)
        self.blocks = nn.ModuleList(
            TemporalBlock(
                config,
                dilation=2 ** (index % config.blocks_per_repeat),
                has_residual=config.has_last_residual or not config.has_skip_path or index < blocks - 1,
            )
            for index in range(blocks)
        )
        width = config.skip_channels if config.has_skip_path else config.bottleneck_channels
        self.output_prelu = nn.PReLU() if config.has_output_prelu else nn.Identity()
        self.masks = nn.Conv1d(width, config.num_sources * filters, 1, bias=config.has_biases)
        self.decoder = nn.ConvTranspose1d(filters, 1, length, stride=hop, bias=False)

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        frames = self._frames(mix_bt, lengths_b)
        mixture_bfn = self._encode(mix_bt, frames)
        masks_bcfn = self._estimate_masks(mixture_bfn, frames)
        stems_bct = self._decode(masks_bcfn * mixture_bfn.unsqueeze(1), mix_bt.shape[-1])
        return silence_padding(stems_bct.to(mix_bt.dtype), lengths_b)

    def _frames(self, mix_bt: Tensor, lengths_b: Tensor | None) -> OwnFrames:
        config = self.config
        samples = mix_bt.shape[-1] if lengths_b is None else lengths_b
        # In front of the last hop a centred frame grid needs nothing; of an odd filter it needs its middle.
        known = config.filter_samples if config.framing == "valid" else config.filter_samples % 2
        hops = samples - known
        if config.framing == "centred":
            hops = hops + config.hop_samples - 1
        counts = _at_least_zero(hops) // config.hop_samples + 1
        return OwnFrames.of(counts, device=mix_bt.device)

    def _encode(self, mix_bt: Tensor, frames: OwnFrames) -> Tensor:
        before, hop = self._samples_before(), self.config.hop_samples
        needed = (frames.padded - 1) * hop + self.config.filter_samples
        padded_bt = functional.pad(mix_bt, (before, max(0, needed - before - mix_bt.shape[-1])))[..., :needed]
        mixture_bfn = frames.silence_(self.encoder(padded_bt.unsqueeze(1)))
        return functional.relu(mixture_bfn) if self.config.has_encoder_relu else mixture_bfn

    def _samples_before(self) -> int:
        return self.config.hop_samples if self.config.framing == "centred" else 0

    def _estimate_masks(self, mixture_bfn: Tensor, frames: OwnFrames) -> Tensor:
        hidden_bdn = self.bottleneck(self.input_norm(mixture_bfn, frames))
        skips_bdn = None
        for block in self.blocks:
            residual_bdn, skip_bdn = block(hidden_bdn, frames)
            if residual_bdn is not None:
                hidden_bdn = hidden_bdn + residual_bdn
            if skip_bdn is not None:
                skips_bdn = skip_bdn if skips_bdn is None else skips_bdn + skip_bdn
        summary_bdn = hidden_bdn if skips_bdn is None else skips_bdn
        scores = self.masks(self.output_prelu(summary_bdn))
        shape = (len(scores), self.config.num_sources, self.config.num_filters, frames.padded)
        return _MASK_FUNCTIONS[self.config.mask](scores.view(shape))

    def _decode(self, masked_bcfn: Tensor, samples: int) -> Tensor:
        batch, sources = masked_bcfn.shape[:2]
        stems = self.decoder(masked_bcfn.flatten(0, 1)).view(batch, sources, -1)
        stems = stems[..., self._samples_before() :][..., :samples]
        return functional.pad(stems, (0, samples - stems.shape[-1]))


class TemporalBlock(nn.Module):
    """1x1 convolution, dilated depthwise convolution, 1x1 convolution (figure 1C of the paper).

    The residual and the skip branch are rows of one matrix, so that they are one product.
    """

    def __init__(self, config: ConvTasnetConfig, *, dilation: int, has_residual: bool) -> None:
        super().__init__()
        hidden, bias = config.hidden_channels, config.has_biases
        self.padding_mode = config.depthwise_padding
        self.residual_channels = config.bottleneck_channels if has_residual else 0
        self.skip_channels = config.skip_channels if config.has_skip_path else 0
        self.expand = nn.Conv1d(config.bottleneck_channels, hidden, 1, bias=bias)
        self.expand_prelu = nn.PReLU()
        self.expand_norm = OwnFramesNorm(hidden, config.norm)
        self.depthwise = nn.Conv1d(
            hidden, hidden, config.kernel_frames, dilation=dilation, groups=hidden, bias=bias
        )
        self.depthwise_prelu = nn.PReLU()
        self.depthwise_norm = OwnFramesNorm(hidden, config.norm)
        self.output = nn.Conv1d(hidden, self.residual_channels + self.skip_channels, 1, bias=bias)

    def forward(self, hidden_bdn: Tensor, frames: OwnFrames) -> tuple[Tensor | None, Tensor | None]:
        """What to add to the path through the blocks and to the sum that the masks are read from."""
        expanded = frames.silence_(self.expand_prelu(self.expand(hidden_bdn)))
        normed = frames.silence_(self.expand_norm(expanded, frames, overwrite=True))
        filtered = frames.silence_(self.depthwise_prelu(self._filter(normed, frames)))
        output = self.output(self.depthwise_norm(filtered, frames, overwrite=True))
        if not self.skip_channels:
            return output, None
        if not self.residual_channels:
            return None, output
        residual, skip = output.split([self.residual_channels, self.skip_channels], dim=1)
        return residual, skip

    def _filter(self, hidden_bdn: Tensor, frames: OwnFrames) -> Tensor:
        reach = self.depthwise.dilation[0] * (self.depthwise.kernel_size[0] - 1)
        if self.padding_mode == "reflect":
            mirrored = _with_mirrored_ends(hidden_bdn, frames, before=reach // 2, after=reach - reach // 2)
            return filter_channels(mirrored, self.depthwise, before=0)[..., : frames.padded]
        before = {"zeros": reach // 2, "causal": reach, "late_causal": reach + reach // 2}[self.padding_mode]
        return filter_channels(hidden_bdn, self.depthwise, before=before)


def _with_mirrored_ends(hidden_bdn: Tensor, frames: OwnFrames, *, before: int, after: int) -> Tensor:
    """Add `before` frames in front and `after` behind each item's own: its reflection.

    An item shorter than that is reflected again and again, where the published code refuses it.
    """
    counts_b1 = frames.counts_b.unsqueeze(1)
    front = torch.arange(-before, 0, device=hidden_bdn.device).expand(len(counts_b1), -1)
    behind = counts_b1 + torch.arange(after, device=hidden_bdn.device)
    wanted = torch.cat([front, behind], dim=1)
    period = (2 * (counts_b1 - 1)).clamp_min(1)
    phase = wanted.remainder(period)
    source = torch.where(phase < counts_b1, phase, period - phase)
    shape = (*hidden_bdn.shape[:2], -1)
    mirrored = hidden_bdn.gather(-1, source.unsqueeze(1).expand(shape))
    padded = functional.pad(hidden_bdn, (before, after))
    return padded.scatter_(-1, (wanted + before).unsqueeze(1).expand(shape), mirrored)


def _at_least_zero(count: int | Tensor) -> int | Tensor:
    return max(0, count) if isinstance(count, int) else count.clamp_min(0)


_MASK_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "linear": lambda scores_bcfn: scores_bcfn,
    "softmax_over_sources": lambda scores_bcfn: scores_bcfn.softmax(dim=1),
    "softmax_over_filters": lambda scores_bcfn: scores_bcfn.softmax(dim=2),
}
