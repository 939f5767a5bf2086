"""REAL-M's blind SI-SNR estimator (Subakan et al., 2021): what is the SI-SNR of a stem, without a reference?

Shape suffixes: b batch, c sources, i batch times sources, t samples, h channels, n frames.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import SisnrEstimatorConfig
from modeling.models.masking import frame_mask

__all__ = ["SisnrEstimator", "SisnrEstimatorConfig"]

KERNEL = 4
STRIDES = (1, 2, 2, 2, 2)
MINIMUM_SAMPLES = 96
"""The convolutions need 64 samples for one frame; the standard deviation over time needs two."""
SILENCE = 1e-7
NOISE_MEAN = 5e-5
"""The published pooling adds noise between 1e-5 and 9e-5 to every mean, in use too; this is its middle."""


class SisnrEstimator(nn.Module):
    """Estimate the SI-SNR of each stem in dB: `(batch, samples), (batch, sources, samples) -> (batch, sources)`.

    The answer stays inside the label range of the Config. A silent stem, or a stem of a silent mixture, holds
    no trace of any source and gets the low end. Any batch and any number of sources: the mixture is repeated
    for its own stems (`repeat_interleave`), which the published code confuses for batches above one, and the
    pooling adds no noise, so the answer is deterministic. With `lengths_b` (samples) the rows of a padded batch
    come out as they do alone.
    """

    def __init__(self, config: SisnrEstimatorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        widths = [2] + 4 * [channels]
        self.encoder = nn.ModuleList(
            nn.Conv1d(width, channels, kernel_size=KERNEL, stride=stride)
            for width, stride in zip(widths, STRIDES, strict=True)
        )
        self.hidden = nn.Linear(2 * channels, 2 * channels)
        self.readout = nn.Linear(2 * channels, 1)
        for layer in [*self.encoder, self.hidden]:
            # Without norms PyTorch's default would shrink the signal a hundredfold over the layers, and the
            # first hour of training would go into growing it back.
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, mix_bt: Tensor, stems_bct: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        batch, sources, samples = stems_bct.shape
        if lengths_b is None:
            lengths_b = torch.full((batch,), samples, device=stems_bct.device)
        lengths_i = lengths_b.repeat_interleave(sources)
        stems_it, stem_is_silent_i = _standardised(stems_bct.flatten(0, 1), lengths_i)
        mixes_it, mix_is_silent_i = _standardised(mix_bt.repeat_interleave(sources, dim=0), lengths_i)
        frames_ihn = self._encode(torch.stack([stems_it, mixes_it], dim=1))
        pooled_id = self._pool(frames_ihn, self._num_frames(lengths_i))
        compressed_bc = torch.sigmoid(self.readout(functional.relu(self.hidden(pooled_id)))).view(
            batch, sources
        )
        span_db = self.config.label_high_db - self.config.label_low_db
        si_snr_db_bc = self.config.label_low_db + span_db * compressed_bc
        silent_bc = (stem_is_silent_i | mix_is_silent_i).view(batch, sources)
        return si_snr_db_bc.masked_fill(silent_bc, self.config.label_low_db)

    def _encode(self, pairs_i2t: Tensor) -> Tensor:
        missing = max(0, MINIMUM_SAMPLES - pairs_i2t.shape[-1])
        hidden = functional.pad(pairs_i2t, (0, missing))
        for layer in self.encoder[:-1]:
            hidden = functional.relu(layer(hidden))
        frames: Tensor = self.encoder[-1](hidden)
        return frames

    @staticmethod
    def _num_frames(lengths_i: Tensor) -> Tensor:
        """How many frames of each item saw nothing of its padding (beyond the minimum)."""
        counts_i = lengths_i.clamp_min(MINIMUM_SAMPLES)
        for stride in STRIDES:
            counts_i = torch.div(counts_i - KERNEL, stride, rounding_mode="floor") + 1
        return counts_i

    @staticmethod
    def _pool(frames_ihn: Tensor, counts_i: Tensor) -> Tensor:
        """Mean and standard deviation of the features over each item's own frames."""
        mask_i1n = frame_mask(counts_i, frames_ihn.shape[-1]).unsqueeze(1)
        mean_ih1, deviation_ih1, _ = _statistics(frames_ihn, mask_i1n)
        return torch.cat([mean_ih1 + NOISE_MEAN, deviation_ih1 + 1e-5], dim=1).squeeze(-1)


def _standardised(signal_it: Tensor, lengths_i: Tensor) -> tuple[Tensor, Tensor]:
    """The signal with zero mean and unit deviation over its own samples, and whether there is any signal."""
    _, deviation_i1, centred_it = _statistics(signal_it, frame_mask(lengths_i, signal_it.shape[-1]))
    return centred_it / deviation_i1.clamp_min(1e-8), centred_it.abs().amax(dim=-1) < SILENCE


def _statistics(signal: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and (unbiased) deviation over the last axis, and the signal without its mean, zero where not masked."""
    count = mask.sum(dim=-1, keepdim=True)
    mean = (signal * mask).sum(dim=-1, keepdim=True) / count
    centred = (signal - mean) * mask
    variance = centred.square().sum(dim=-1, keepdim=True) / (count - 1).clamp_min(1)
    # The root has no gradient at zero, where a silent stem would bring it.
    return mean, variance.clamp_min(1e-20).sqrt(), centred
