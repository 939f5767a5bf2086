"""Dual-path recurrent network (Luo, Chen and Yoshioka, 2020, arXiv:1910.06379), as SpeechBrain and Asteroid have it.

Shape suffixes: r rows, n steps, d features; the rest as in `dual_path.py`.
"""

from __future__ import annotations

from torch import Tensor, nn

from modeling.models.configs import DprnnConfig
from modeling.models.dual_path import DualPathBlock, DualPathFrame, DualPathSeparator, Segmentation
from modeling.models.fused_product import product
from modeling.models.recurrence import run_lstm

__all__ = ["DprnnConfig", "DprnnSeparator"]


class RecurrentPath(nn.Module):
    """A bidirectional LSTM along the steps and a projection back: `(rows, steps, features)`, same shape out."""

    def __init__(self, config: DprnnConfig) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(
            config.width,
            config.hidden_size,
            num_layers=config.recurrent_layers,
            dropout=config.dropout if config.recurrent_layers > 1 else 0.0,
            batch_first=True,
            bidirectional=True,
        )
        self.projection = nn.Linear(2 * config.hidden_size, config.width)

    def forward(self, rows_rnd: Tensor, counts_r: Tensor | None = None) -> Tensor:
        return product(run_lstm(self.recurrent, rows_rnd, counts_r), self.projection)


class DprnnSeparator(DualPathSeparator):
    """DPRNN-TasNet: `(batch, samples) -> (batch, sources, samples)`; exact for padded batches with `lengths_b`."""

    def __init__(self, config: DprnnConfig) -> None:
        frame = DualPathFrame(
            num_sources=config.num_sources,
            filters=config.filters,
            kernel_samples=config.kernel_samples,
            stride_samples=config.stride_samples,
            width=config.width,
            segmentation=Segmentation(
                chunk_frames=config.chunk_frames, hop_frames=config.hop_frames, padding=config.chunk_padding
            ),
            encoder_activation=config.encoder_activation,
            mask_activation=config.mask_activation,
            bottleneck="biased" if config.bottleneck_bias else "plain",
        )
        super().__init__(frame, [_block(config) for _ in range(config.num_blocks)])
        self.config = config


def _block(config: DprnnConfig) -> DualPathBlock:
    return DualPathBlock(intra=RecurrentPath(config), inter=RecurrentPath(config), width=config.width)
