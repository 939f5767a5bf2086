"""TF-GridNet (Wang et al., 2023, arXiv 2211.12433): recurrence over bins, over frames, and attention across frames.

Shape suffixes: b batch, t samples, f frequency bins, n frames, d features, c sources, h heads, w features of a
head, r rows of a sweep, s steps of a sweep, k stacked steps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import TfGridNetConfig
from modeling.models.masking import frame_mask, global_norm
from modeling.models.recurrence import run_lstm
from modeling.models.stft import SILENCE_RMS, Spectrogram, rms

__all__ = ["TfGridNet", "TfGridNetConfig"]


class Extent(NamedTuple):
    """What part of a padded batch is the items' own: frames of each (on the CPU), and the same as a mask."""

    frames_b: Tensor
    mask_bn: Tensor


class TfGridNet(nn.Module):
    """Separate a mixture by mapping its spectrum onto those of the stems: `(b, samples) -> (b, c, samples)`.

    The mixture is brought to unit RMS inside and the stems back out, so input and output share one scale. The
    published code divides by the standard deviation and reflects the signal at its ends; here the ends are
    continued by zeros, which is defined for any length.
    """

    def __init__(self, config: TfGridNetConfig) -> None:
        super().__init__()
        self.config = config
        self.spectrogram = Spectrogram(fft_samples=config.fft_samples, hop_samples=config.hop_samples)
        self.encoder = nn.Conv2d(2, config.embedding_size, kernel_size=3, padding=1)
        self.encoder_norm = nn.GroupNorm(1, config.embedding_size)
        self.blocks = nn.ModuleList(GridBlock(config) for _ in range(config.num_blocks))
        self.decoder = nn.ConvTranspose2d(
            config.embedding_size, 2 * config.num_sources, kernel_size=3, padding=1
        )

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """`lengths_b` says how many samples of each row are its own; the rest is padding and comes out as zero."""
        rms_b1 = rms(mix_bt, lengths_b)
        spectrum_bfn = self.spectrogram.analyse(mix_bt / rms_b1, lengths_b)
        extent = self._extent(spectrum_bfn, lengths_b)
        hidden_bnfd = self._encode(spectrum_bfn, extent)
        for block in self.blocks:
            hidden_bnfd = block(hidden_bnfd, extent)
        stems_bct = self.spectrogram.synthesise(
            self._decode(hidden_bnfd, extent), samples=mix_bt.shape[-1], lengths_b=lengths_b
        )
        # The network maps even silence onto something: nothing is what comes back.
        return stems_bct * torch.where(rms_b1 > SILENCE_RMS, rms_b1, 0.0).unsqueeze(1)

    def _extent(self, spectrum_bfn: Tensor, lengths_b: Tensor | None) -> Extent | None:
        frames_b = self.spectrogram.frames(lengths_b)
        if frames_b is None:
            return None
        mask_bn = frame_mask(frames_b.to(spectrum_bfn.device), spectrum_bfn.shape[-1])
        return Extent(frames_b=frames_b, mask_bn=mask_bn)

    def _encode(self, spectrum_bfn: Tensor, extent: Extent | None) -> Tensor:
        parts_b2nf = torch.view_as_real(spectrum_bfn).permute(0, 3, 2, 1)
        # Masked even where nothing is to be masked: the one-pass sums of PyTorch's group norm lose two digits when
        # almost all of a short item is silence.
        mask_b1n1 = parts_b2nf.new_ones(1, 1, 1, 1) if extent is None else extent.mask_bn[:, None, :, None]
        norm = self.encoder_norm
        hidden_bdnf = global_norm(
            self.encoder(parts_b2nf * mask_b1n1),
            weight_d=norm.weight,
            bias_d=norm.bias,
            eps=norm.eps,
            mask=mask_b1n1,
        )
        return hidden_bdnf.permute(0, 2, 3, 1)

    def _decode(self, hidden_bnfd: Tensor, extent: Extent | None) -> Tensor:
        batch, frames, bins, _ = hidden_bnfd.shape
        parts = self.decoder(_own_frames(hidden_bnfd, extent).permute(0, 3, 1, 2)).float()
        parts = parts.view(batch, self.config.num_sources, 2, frames, bins).transpose(-1, -2)
        return torch.complex(parts[:, :, 0], parts[:, :, 1])


class GridBlock(nn.Module):
    """One block on `(batch, frames, bins, features)`: along the bins, along the frames, attention over frames."""

    def __init__(self, config: TfGridNetConfig) -> None:
        super().__init__()
        self.kernel, self.hop = config.stacked_steps, config.stacking_hop
        self.over_bins = Sweep(config)
        self.over_frames = Sweep(config)
        self.attention = FrameAttention(config)

    def forward(self, hidden_bnfd: Tensor, extent: Extent | None) -> Tensor:
        batch, frames, bins, features = hidden_bnfd.shape
        padding = (0, 0, 0, self._missing(bins), 0, self._missing(frames))
        padded = functional.pad(_own_frames(hidden_bnfd, extent), padding)
        swept = padded + self.over_bins(padded.flatten(0, 1)).view(padded.shape)
        by_bin = swept.transpose(1, 2).contiguous()
        windows_r = (
            None if extent is None else self._windows(extent.frames_b).repeat_interleave(by_bin.shape[1])
        )
        by_bin = by_bin + self.over_frames(by_bin.flatten(0, 1), windows_r).view(by_bin.shape)
        hidden_bnfd = by_bin.transpose(1, 2)[:, :frames, :bins]
        attended_bnfd: Tensor = self.attention(hidden_bnfd, extent)
        return hidden_bnfd + attended_bnfd

    def _windows(self, steps_b: Tensor) -> Tensor:
        """How many windows of `kernel` steps, `hop` apart, it takes to cover so many steps."""
        beyond_first_b = (steps_b - self.kernel).clamp_min(0)
        return 1 + (beyond_first_b + self.hop - 1) // self.hop

    def _missing(self, steps: int) -> int:
        """By how many steps the last window stands over."""
        windows = 1 + -(-max(0, steps - self.kernel) // self.hop)
        return self.kernel + (windows - 1) * self.hop - steps


class Sweep(nn.Module):
    """Bidirectional LSTM along one axis, each step seeing its neighbours: `(rows, steps, features)`, same out."""

    def __init__(self, config: TfGridNetConfig) -> None:
        super().__init__()
        features, hidden = config.embedding_size, config.hidden_size
        self.kernel, self.hop = config.stacked_steps, config.stacking_hop
        self.norm = nn.LayerNorm(features)
        self.recurrence = nn.LSTM(features * self.kernel, hidden, batch_first=True, bidirectional=True)
        self.spread = nn.ConvTranspose1d(2 * hidden, features, self.kernel, stride=self.hop)

    def forward(self, hidden_rsd: Tensor, windows_r: Tensor | None = None) -> Tensor:
        windows_rsdk = self.norm(hidden_rsd).unfold(1, self.kernel, self.hop)
        output_rsh = run_lstm(self.recurrence, windows_rsdk.flatten(2), windows_r)
        spread_rsd: Tensor = self.spread(output_rsh.transpose(1, 2)).transpose(1, 2)
        return spread_rsd


class FrameAttention(nn.Module):
    """Self-attention across frames; the query, key and value of a frame hold all its bins."""

    def __init__(self, config: TfGridNetConfig) -> None:
        super().__init__()
        features, heads, bins = config.embedding_size, config.num_heads, config.num_bins
        if features % heads:
            raise ValueError(f"embedding_size {features} must be a multiple of num_heads {heads}")
        width = -(-config.attention_width // bins)
        self.query = HeadProjection(features, heads=heads, width=width, bins=bins)
        self.key = HeadProjection(features, heads=heads, width=width, bins=bins)
        self.value = HeadProjection(features, heads=heads, width=features // heads, bins=bins)
        self.merge = HeadProjection(features, heads=1, width=features, bins=bins)

    def forward(self, hidden_bnfd: Tensor, extent: Extent | None) -> Tensor:
        batch, frames, bins, features = hidden_bnfd.shape
        mask_b11n = None if extent is None else extent.mask_bn[:, None, None]
        read_bhn = functional.scaled_dot_product_attention(
            self.query(hidden_bnfd), self.key(hidden_bnfd), self.value(hidden_bnfd), attn_mask=mask_b11n
        )
        heads = read_bhn.shape[1]
        read_bnfd = read_bhn.view(batch, heads, frames, bins, features // heads).permute(0, 2, 3, 1, 4)
        merged: Tensor = self.merge(read_bnfd.flatten(3))
        return merged.view(batch, frames, bins, features)


class HeadProjection(nn.Module):
    """Pointwise projection, PReLU and norm over all of a frame's bins: `(b, n, f, d) -> (b, h, n, f * w)`."""

    def __init__(self, features: int, *, heads: int, width: int, bins: int) -> None:
        super().__init__()
        self.heads, self.width = heads, width
        self.projection = nn.Linear(features, heads * width)
        self.slope = nn.Parameter(torch.full((heads,), 0.25))
        self.weight = nn.Parameter(torch.ones(heads, 1, bins * width))
        self.bias = nn.Parameter(torch.zeros(heads, 1, bins * width))

    def forward(self, hidden_bnfd: Tensor) -> Tensor:
        batch, frames, bins, features = hidden_bnfd.shape
        projected = self.projection(hidden_bnfd.reshape(-1, features))
        slope = self.slope.repeat_interleave(self.width).to(projected.dtype)
        activated = functional.prelu(projected, slope).view(batch, frames, bins, self.heads, self.width)
        by_head = activated.permute(0, 3, 1, 2, 4).flatten(3)
        normed = functional.layer_norm(by_head, by_head.shape[-1:])
        return torch.addcmul(self.bias, normed, self.weight).to(hidden_bnfd.dtype)


def _own_frames(hidden_bnfd: Tensor, extent: Extent | None) -> Tensor:
    if extent is None:
        return hidden_bnfd
    return hidden_bnfd * extent.mask_bn[:, :, None, None].to(hidden_bnfd.dtype)
