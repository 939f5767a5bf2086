"""Band-split dual-path separator in the line of BSRNN (Luo and Yu, 2023, arXiv 2209.15174).

Each frame is cut into bands, one vector per band; recurrence runs over the frames of each band and over the bands
of each frame in turn; each band's own read-out gives complex masks. Recurrent steps are over bands, not bins, which
is what makes it cheap: 16 instead of the 65 to 129 of a model like TF-GridNet.

Shape suffixes: b batch, f frequency bins, n frames, k bands, d features, c sources, r rows, s steps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.models.configs import BandSplitConfig
from modeling.models.recurrence import run_lstm
from modeling.models.spectral_masks import MaskSeparator
from modeling.models.stft import compressed_parts

__all__ = ["BandSplitConfig", "BandSplitSeparator"]


class BandSplitSeparator(MaskSeparator):
    """Complex masks by bands; where BSRNN norms over all frames of a band, this norms each frame by itself."""

    def __init__(self, config: BandSplitConfig) -> None:
        super().__init__(config)
        self.config = config
        self.split = BandSplit(config)
        self.blocks = nn.ModuleList(DualPathBlock(config) for _ in range(config.num_blocks))
        self.masks = nn.ModuleList(BandMasks(config, bins=width) for width in config.band_widths)

    def estimate_masks(self, spectrum_bfn: Tensor, frames_b: Tensor | None) -> Tensor:
        hidden_bknd = self.split(spectrum_bfn)
        for block in self.blocks:
            hidden_bknd = block(hidden_bknd, frames_b)
        masks = [read(hidden_bknd[:, band]) for band, read in enumerate(self.masks)]
        return torch.cat(masks, dim=2)


class BandSplit(nn.Module):
    """One vector for each band of each frame: `(batch, bins, frames) -> (batch, bands, frames, features)`."""

    def __init__(self, config: BandSplitConfig) -> None:
        super().__init__()
        self.widths = config.band_widths
        self.norms = nn.ModuleList(nn.LayerNorm(3 * width) for width in self.widths)
        self.projections = nn.ModuleList(nn.Linear(3 * width, config.embedding_size) for width in self.widths)

    def forward(self, spectrum_bfn: Tensor) -> Tensor:
        bands = torch.split(compressed_parts(spectrum_bfn), self.widths, dim=2)
        vectors = [
            projection(norm(band_b3fn.flatten(1, 2).transpose(1, 2)))
            for band_b3fn, norm, projection in zip(bands, self.norms, self.projections, strict=True)
        ]
        return torch.stack(vectors, dim=1)


class DualPathBlock(nn.Module):
    """Over the frames of each band, then over the bands of each frame: `(batch, bands, frames, features)`."""

    def __init__(self, config: BandSplitConfig) -> None:
        super().__init__()
        self.over_frames = ResidualRecurrence(config)
        self.over_bands = ResidualRecurrence(config)

    def forward(self, hidden_bknd: Tensor, frames_b: Tensor | None) -> Tensor:
        batch, bands, frames, features = hidden_bknd.shape
        frames_r = None if frames_b is None else frames_b.repeat_interleave(bands)
        by_band = self.over_frames(hidden_bknd.reshape(-1, frames, features), frames_r)
        by_frame = by_band.view(batch, bands, frames, features).transpose(1, 2).reshape(-1, bands, features)
        mixed: Tensor = self.over_bands(by_frame)
        return mixed.view(batch, frames, bands, features).transpose(1, 2)


class ResidualRecurrence(nn.Module):
    """Norm, bidirectional LSTM and projection beside a shortcut: `(rows, steps, features)`, same out."""

    def __init__(self, config: BandSplitConfig) -> None:
        super().__init__()
        features, hidden = config.embedding_size, config.hidden_size
        self.norm = nn.LayerNorm(features)
        self.recurrence = nn.LSTM(features, hidden, batch_first=True, bidirectional=True)
        self.projection = nn.Linear(2 * hidden, features)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden_rsd: Tensor, steps_r: Tensor | None = None) -> Tensor:
        output = run_lstm(self.recurrence, self.norm(hidden_rsd), steps_r)
        added_rsd: Tensor = self.dropout(self.projection(output))
        return hidden_rsd + added_rsd


class BandMasks(nn.Module):
    """Complex masks of one band for every source: `(batch, frames, features) -> (batch, sources, bins, frames)`."""

    def __init__(self, config: BandSplitConfig, *, bins: int) -> None:
        super().__init__()
        self.num_sources, self.bins = config.num_sources, bins
        readout = nn.Linear(config.mask_hidden_size, 4 * config.num_sources * bins)
        with torch.no_grad():
            # Untrained, each stem is about half the mixture: learning starts from there and not from noise.
            readout.bias.view(2, config.num_sources, 2, bins)[0, :, 0] += 1.0
        self.read = nn.Sequential(
            nn.LayerNorm(config.embedding_size),
            nn.Linear(config.embedding_size, config.mask_hidden_size),
            nn.Tanh(),
            readout,
            nn.GLU(dim=-1),
        )

    def forward(self, hidden_bnd: Tensor) -> Tensor:
        batch, frames, _ = hidden_bnd.shape
        parts = self.read(hidden_bnd).float().view(batch, frames, self.num_sources, 2, self.bins)
        return torch.complex(parts[:, :, :, 0], parts[:, :, :, 1]).permute(0, 2, 3, 1)
