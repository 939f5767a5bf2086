"""Bidirectional LSTM that estimates complex masks on a short-time Fourier transform.

Shape suffixes: b batch, t samples, f frequency bins, n frames, c sources, d features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import BlstmConfig
from modeling.models.recurrence import run_lstm
from modeling.models.stft import Spectrogram, compressed_parts, rms
from modeling.permutation import best_assignment, reorder

__all__ = ["BlstmConfig", "BlstmSeparator"]


class BlstmSeparator(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`.

    Input and output share one scale: the mixture is brought to unit RMS inside and the stems back out.
    """

    def __init__(self, config: BlstmConfig) -> None:
        super().__init__()
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
        self.spectrogram = Spectrogram(fft_samples=config.fft_samples, hop_samples=config.hop_samples)

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        """`lengths_b` says how many samples of each row are its own; the rest is padding and comes out as zero."""
        stems_bct = self._separate(mix_bt, lengths_b)
        if self.training or self.config.analysis_grids == 1:
            return stems_bct
        passes = [
            stems_bct,
            *(self._separate_shifted(mix_bt, lengths_b, shift, stems_bct) for shift in self._shifts()),
        ]
        return torch.stack(passes).mean(dim=0)

    def _shifts(self) -> range:
        """By how many samples the frames of each further pass begin earlier."""
        grids = self.config.analysis_grids
        step = self.config.hop_samples // grids
        return range(step, step * grids, step)

    def _separate_shifted(
        self, mix_bt: Tensor, lengths_b: Tensor | None, shift: int, like_bct: Tensor
    ) -> Tensor:
        """Another pass, its stems in the order of `like_bct`."""
        shifted_b = None if lengths_b is None else lengths_b + shift
        stems_bct = self._separate(functional.pad(mix_bt, (shift, 0)), shifted_b)[..., shift:]
        return reorder(stems_bct, best_assignment(stems_bct @ like_bct.transpose(1, 2)).order_br)

    def _separate(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        rms_b1 = rms(mix_bt, lengths_b)
        spectrum_bfn = self.spectrogram.analyse(mix_bt / rms_b1, lengths_b)
        frames_b = self.spectrogram.frames(lengths_b)
        masks_bcfn = self._estimate_masks(spectrum_bfn, frames_b)
        stems_bct = self.spectrogram.synthesise(
            masks_bcfn * spectrum_bfn.unsqueeze(1), samples=mix_bt.shape[-1], lengths_b=lengths_b
        )
        return stems_bct * rms_b1.unsqueeze(1)

    def _estimate_masks(self, spectrum_bfn: Tensor, frames_b: Tensor | None) -> Tensor:
        hidden_bnd = self.input_norm(compressed_parts(spectrum_bfn).flatten(1, 2).transpose(1, 2))
        for index, (layer, norm) in enumerate(zip(self.recurrent, self.norms, strict=True)):
            output_bnd = self.dropout(norm(run_lstm(layer, hidden_bnd, frames_b)))
            hidden_bnd = output_bnd if index == 0 else hidden_bnd + output_bnd
        batch, frames, _ = hidden_bnd.shape
        masks = self.masks(hidden_bnd).float()
        masks = masks.view(batch, frames, self.config.num_sources, 2, self.config.num_bins)
        return torch.complex(masks[:, :, :, 0], masks[:, :, :, 1]).permute(0, 2, 3, 1)
