"""SepFormer (Subakan et al., 2021, arXiv:2010.13154): transformers within and across the chunks.

Shape suffixes: r rows, n steps, m all steps of all rows, d features; the rest as in `dual_path.py`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from modeling.models.attention import attend, key_mask
from modeling.models.configs import ReSepformerConfig, SepformerConfig
from modeling.models.dual_path import DualPathBlock, DualPathFrame, DualPathSeparator, Segmentation
from modeling.models.fused_product import is_fusable, product
from modeling.models.normed_product import normed_product

__all__ = ["SepformerConfig", "SepformerSeparator"]

# Without gradients on a CPU, rows go through the whole stack so many steps at a time (one second at 8 kHz): memory
# inside the layers then does not grow with length, and what a group needs stays in the cache. Measured on a quiet
# machine with one thread and with two, 1,024 to 4,096 are alike and 8,192 takes 9 % longer.
STEPS_AT_ONCE = 2048


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and feed-forward layer: `(rows, steps, features)`, same shape out."""

    def __init__(self, config: SepformerConfig | ReSepformerConfig) -> None:
        super().__init__()
        self.num_heads, self.dropout = config.num_heads, config.dropout
        self.attention_norm = nn.LayerNorm(config.width, eps=1e-6)
        self.in_projection = nn.Linear(config.width, 3 * config.width)
        self.out_projection = nn.Linear(config.width, config.width)
        self.feedforward_norm = nn.LayerNorm(config.width, eps=1e-6)
        self.expand = nn.Linear(config.width, config.feedforward_size)
        self.contract = nn.Linear(config.feedforward_size, config.width)
        nn.init.xavier_uniform_(self.in_projection.weight)
        nn.init.zeros_(self.in_projection.bias)
        nn.init.zeros_(self.out_projection.bias)

    def forward(self, hidden_rnd: Tensor, mask_r11n: Tensor | None = None) -> Tensor:
        if is_fusable(hidden_rnd) and not self.training:
            return self._infer(hidden_rnd, mask_r11n)
        dropout = self.dropout if self.training else 0.0
        hidden_md = hidden_rnd.flatten(0, 1)
        packed_m3d = normed_product(hidden_md, norm=self.attention_norm, projection=self.in_projection)
        packed_rn3d = packed_m3d.view(*hidden_rnd.shape[:2], -1)
        attended_rnd = attend(packed_rn3d, num_heads=self.num_heads, mask_r11n=mask_r11n, dropout=dropout)
        change_md = self.out_projection(attended_rnd.flatten(0, 1))
        hidden_md = _added(hidden_md, functional.dropout(change_md, dropout))
        expanded = normed_product(hidden_md, norm=self.feedforward_norm, projection=self.expand).relu_()
        change_md = self.contract(functional.dropout(expanded, dropout))
        return _added(hidden_md, functional.dropout(change_md, dropout)).view(hidden_rnd.shape)

    def _infer(self, hidden_rnd: Tensor, mask_r11n: Tensor | None) -> Tensor:
        packed_rn3d = product(self.attention_norm(hidden_rnd), self.in_projection)
        attended_rnd = attend(packed_rn3d, num_heads=self.num_heads, mask_r11n=mask_r11n)
        hidden_rnd = product(attended_rnd, self.out_projection, added=hidden_rnd)
        expanded = product(self.feedforward_norm(hidden_rnd), self.expand, activation="relu")
        return product(expanded, self.contract, added=hidden_rnd)


class TransformerPath(nn.Module):
    """Sinusoidal positions, a stack of layers and a last norm, along the steps of every row."""

    def __init__(self, config: SepformerConfig | ReSepformerConfig, num_layers: int) -> None:
        super().__init__()
        self.checkpoint_layers = config.checkpoint_layers
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(num_layers))
        self.norm = nn.LayerNorm(config.width, eps=1e-6)

    def forward(self, rows_rnd: Tensor, counts_r: Tensor | None = None) -> Tensor:
        steps, features = rows_rnd.shape[1:]
        hidden_rnd = rows_rnd + sinusoidal_positions(steps, features, rows_rnd.device)
        mask_r11n = key_mask(counts_r, steps)
        if torch.is_grad_enabled() or hidden_rnd.device.type != "cpu":
            return self._run(hidden_rnd, mask_r11n)
        # Even groups: one of a single row at the end would cost nearly as much as a full one.
        groups = max(1, round(len(hidden_rnd) * steps / STEPS_AT_ONCE))
        group = max(1, -(-len(hidden_rnd) // groups))
        for start in range(0, len(hidden_rnd), group):
            rows = slice(start, start + group)
            hidden_rnd[rows] = self._run(hidden_rnd[rows], None if mask_r11n is None else mask_r11n[rows])
        return hidden_rnd

    def _run(self, hidden_rnd: Tensor, mask_r11n: Tensor | None) -> Tensor:
        for layer in self.layers:
            if self.checkpoint_layers and torch.is_grad_enabled():
                hidden_rnd = checkpoint(layer, hidden_rnd, mask_r11n, use_reentrant=False)
            else:
                hidden_rnd = layer(hidden_rnd, mask_r11n)
        normed_rnd: Tensor = self.norm(hidden_rnd)
        return normed_rnd


def sinusoidal_positions(steps: int, features: int, device: torch.device) -> Tensor:
    """`(steps, features)`, sines and cosines in turn (Vaswani et al., 2017, 3.5), for any number of steps."""
    position_n1 = torch.arange(steps, dtype=torch.float32, device=device).unsqueeze(1)
    even_d = torch.arange(0, features, 2, dtype=torch.float32, device=device)
    angle_nd = position_n1 * torch.exp(even_d * -(math.log(10_000.0) / features))
    return torch.stack([angle_nd.sin(), angle_nd.cos()], dim=-1).flatten(1)


class SepformerSeparator(DualPathSeparator):
    """SepFormer: `(batch, samples) -> (batch, sources, samples)`; exact for padded batches with `lengths_b`."""

    def __init__(self, config: SepformerConfig) -> None:
        frame = DualPathFrame(
            num_sources=config.num_sources,
            filters=config.filters,
            kernel_samples=config.kernel_samples,
            stride_samples=config.stride_samples,
            width=config.width,
            segmentation=Segmentation(
                chunk_frames=config.chunk_frames, hop_frames=config.chunk_frames // 2, padding="half"
            ),
            encoder_activation="relu",
            mask_activation="relu",
        )
        super().__init__(frame, [_block(config) for _ in range(config.num_blocks)])
        self.config = config


def _block(config: SepformerConfig) -> DualPathBlock:
    return DualPathBlock(
        intra=TransformerPath(config, config.intra_layers),
        inter=TransformerPath(config, config.inter_layers),
        width=config.width,
    )


def _added(hidden: Tensor, change: Tensor) -> Tensor:
    """Their sum, in the place of `change`, which nothing else needs, unless that is in half precision."""
    return change.add_(hidden) if change.dtype == hidden.dtype else hidden + change
