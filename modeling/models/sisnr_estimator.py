"""REAL-M's blind SI-SNR estimator (Subakan et al., 2021): what is the SI-SNR of a stem, without a reference?

Shape suffixes: b batch, c sources, i batch times sources, t samples, h channels, n frames.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import SisnrEstimatorConfig

__all__ = ["SisnrEstimator", "SisnrEstimatorConfig"]

# Five convolutions of length 4 with strides 1, 2, 2, 2, 2 need 64 samples for one frame; the standard
# deviation over time needs two.
MINIMUM_SAMPLES = 96


class SisnrEstimator(nn.Module):
    """Estimate the SI-SNR of each stem in dB: `(batch, samples), (batch, sources, samples) -> (batch, sources)`.

    The answer stays inside the label range of the Config. A silent stem, or a stem of a silent mixture, holds
    no trace of any source and gets the low end. Any batch and any number of sources: the mixture is repeated
    for its own stems (`repeat_interleave`), which the published code confuses for batches above one, and the
    pooling adds no noise, so the answer is deterministic.
    """

    def __init__(self, config: SisnrEstimatorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        widths, strides = [2] + 4 * [channels], [1, 2, 2, 2, 2]
        self.encoder = nn.ModuleList(
            nn.Conv1d(width, channels, kernel_size=4, stride=stride)
            for width, stride in zip(widths, strides, strict=True)
        )
        self.hidden = nn.Linear(2 * channels, 2 * channels)
        self.readout = nn.Linear(2 * channels, 1)
        for layer in [*self.encoder, self.hidden]:
            # Without norms PyTorch's default would shrink the signal a hundredfold over the layers, and the
            # first hour of training would go into growing it back.
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, mix_bt: Tensor, stems_bct: Tensor) -> Tensor:
        batch, sources, _ = stems_bct.shape
        stems_it = stems_bct.flatten(0, 1)
        mixes_it = mix_bt.repeat_interleave(sources, dim=0)
        frames_ihn = self._encode(torch.stack([_standardised(stems_it), _standardised(mixes_it)], dim=1))
        compressed_bc = torch.sigmoid(self.readout(self._pool(frames_ihn))).view(batch, sources)
        span_db = self.config.label_high_db - self.config.label_low_db
        si_snr_db_bc = self.config.label_low_db + span_db * compressed_bc
        silent_bc = (_is_silent(stems_it) | _is_silent(mixes_it)).view(batch, sources)
        return si_snr_db_bc.masked_fill(silent_bc, self.config.label_low_db)

    def _encode(self, pairs_i2t: Tensor) -> Tensor:
        missing = max(0, MINIMUM_SAMPLES - pairs_i2t.shape[-1])
        hidden = functional.pad(pairs_i2t, (0, missing))
        for layer in self.encoder[:-1]:
            hidden = functional.relu(layer(hidden))
        frames: Tensor = self.encoder[-1](hidden)
        return frames

    def _pool(self, frames_ihn: Tensor) -> Tensor:
        statistics = torch.cat([frames_ihn.mean(dim=-1), frames_ihn.std(dim=-1) + 1e-5], dim=-1)
        return functional.relu(self.hidden(statistics))


def _standardised(signal_it: Tensor) -> Tensor:
    centred = signal_it - signal_it.mean(dim=-1, keepdim=True)
    deviation = centred.square().mean(dim=-1, keepdim=True).sqrt()
    return centred / deviation.clamp_min(1e-8)


def _is_silent(signal_it: Tensor) -> Tensor:
    centred = signal_it - signal_it.mean(dim=-1, keepdim=True)
    return centred.abs().amax(dim=-1) < 1e-7
