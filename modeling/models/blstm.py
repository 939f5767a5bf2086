"""Bidirectional LSTM that estimates complex masks on a short-time Fourier transform.

Shape suffixes: b batch, f frequency bins, n frames, c sources, d features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.models.configs import BlstmConfig
from modeling.models.recurrence import run_lstm
from modeling.models.spectral_masks import MaskSeparator
from modeling.models.stft import compressed_parts

__all__ = ["BlstmConfig", "BlstmSeparator"]


class BlstmSeparator(MaskSeparator):
    """Recurrence over whole frames: log magnitude, real and imaginary part in, complex masks out."""

    def __init__(self, config: BlstmConfig) -> None:
        super().__init__(config)
        self.config = config
        features, width = 3 * config.num_bins, 2 * config.hidden_size
        self.input_norm = nn.LayerNorm(features)
        self.recurrent = nn.ModuleList(
            nn.LSTM(
                features if index == 0 else width, config.hidden_size, batch_first=True, bidirectional=True
            )
            for index in range(config.num_layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(config.num_layers))
        self.dropout = nn.Dropout(config.dropout)
        self.masks = nn.Linear(width, 2 * config.num_sources * config.num_bins)

    def estimate_masks(self, spectrum_bfn: Tensor, frames_b: Tensor | None) -> Tensor:
        hidden_bnd = self.input_norm(compressed_parts(spectrum_bfn).flatten(1, 2).transpose(1, 2))
        for index, (layer, norm) in enumerate(zip(self.recurrent, self.norms, strict=True)):
            output_bnd = self.dropout(norm(run_lstm(layer, hidden_bnd, frames_b)))
            hidden_bnd = output_bnd if index == 0 else hidden_bnd + output_bnd
        batch, frames, _ = hidden_bnd.shape
        masks = self.masks(hidden_bnd).float()
        masks = masks.view(batch, frames, self.config.num_sources, 2, self.config.num_bins)
        return torch.complex(masks[:, :, :, 0], masks[:, :, :, 1]).permute(0, 2, 3, 1)
