"""Dual-path transformer network (Chen, Mao and Liu, 2020, arXiv:2007.13975), as Asteroid has it.

Shape suffixes: r rows, n steps, d features; the rest as in `dual_path.py`.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from modeling.models.attention import attend, key_mask
from modeling.models.configs import DptnetConfig
from modeling.models.dual_path import (
    DualPathFrame,
    DualPathSeparator,
    GlobalNorm,
    Segmentation,
    run_across_chunks,
    run_within_chunks,
)
from modeling.models.masking import frame_mask
from modeling.models.recurrence import run_lstm

__all__ = ["DptnetConfig", "DptnetSeparator"]


class ImprovedTransformerPath(nn.Module):
    """Attention, then an LSTM in place of the feed-forward layer; each added to its input and normed, row by row."""

    def __init__(self, config: DptnetConfig) -> None:
        super().__init__()
        width = config.filters
        self.num_heads, self.dropout = config.num_heads, config.dropout
        self.in_projection = nn.Linear(width, 3 * width)
        self.out_projection = nn.Linear(width, width)
        self.attention_norm = GlobalNorm(width)
        self.recurrent = nn.LSTM(width, config.hidden_size, batch_first=True, bidirectional=True)
        self.projection = nn.Linear(2 * config.hidden_size, width)
        self.recurrent_norm = GlobalNorm(width)
        nn.init.xavier_uniform_(self.in_projection.weight)
        nn.init.zeros_(self.in_projection.bias)
        nn.init.zeros_(self.out_projection.bias)

    def forward(self, rows_rnd: Tensor, counts_r: Tensor | None = None) -> Tensor:
        steps, dropout = rows_rnd.shape[1], self.dropout if self.training else 0.0
        mask_rn = None if counts_r is None else frame_mask(counts_r, steps)
        attended_rnd = attend(
            self.in_projection(rows_rnd),
            num_heads=self.num_heads,
            mask_r11n=key_mask(counts_r, steps),
            dropout=dropout,
        )
        change_rnd = functional.dropout(self.out_projection(attended_rnd), dropout)
        hidden_rnd = self.attention_norm(rows_rnd + change_rnd, mask_rn)
        recurrent_rnd = functional.dropout(run_lstm(self.recurrent, hidden_rnd, counts_r).relu(), dropout)
        change_rnd = functional.dropout(self.projection(recurrent_rnd), dropout)
        normed_rnd: Tensor = self.recurrent_norm(hidden_rnd + change_rnd, mask_rn)
        return normed_rnd


class DptnetBlock(nn.Module):
    """One path within the chunks, then one across them; each path norms and adds for itself."""

    def __init__(self, config: DptnetConfig) -> None:
        super().__init__()
        self.intra, self.inter = ImprovedTransformerPath(config), ImprovedTransformerPath(config)

    def forward(self, chunks_bskd: Tensor, counts_b: Tensor | None = None) -> Tensor:
        within_bskd = run_within_chunks(self.intra, chunks_bskd)
        return run_across_chunks(self.inter, within_bskd, counts_b)


class DptnetSeparator(DualPathSeparator):
    """DPTNet: `(batch, samples) -> (batch, sources, samples)`; exact for padded batches with `lengths_b`."""

    def __init__(self, config: DptnetConfig) -> None:
        frame = DualPathFrame(
            num_sources=config.num_sources,
            filters=config.filters,
            kernel_samples=config.kernel_samples,
            stride_samples=config.stride_samples,
            width=config.filters,
            segmentation=Segmentation(
                chunk_frames=config.chunk_frames, hop_frames=config.hop_frames, padding="whole"
            ),
            encoder_activation=config.encoder_activation,
            mask_activation=config.mask_activation,
            bottleneck="none",
            averages_overlaps=True,
        )
        super().__init__(frame, [DptnetBlock(config) for _ in range(config.num_blocks)])
        self.config = config
