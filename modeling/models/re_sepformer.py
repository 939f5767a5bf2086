"""RE-SepFormer (Della Libera et al., 2022, arXiv:2206.09507): transformers in segments, and over their summaries.

Shape suffixes: b batch, t samples, l encoder frames, c sources, s segments, k frames in a segment, d features,
r rows (independent sequences), n steps of a row.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.configs import ReSepformerConfig
from modeling.models.dual_path import GlobalNorm, overlap_add
from modeling.models.masking import frame_mask, silence_padding
from modeling.models.sepformer import TransformerPath

__all__ = ["ReSepformerConfig", "ReSepformerSeparator"]

NORM_EPS = torch.finfo(torch.float32).eps


class NormedPath(nn.Module):
    """Transformer layers along the steps of a row, normed over the whole row and added to their input."""

    def __init__(self, config: ReSepformerConfig, num_layers: int) -> None:
        super().__init__()
        self.path = TransformerPath(config, num_layers)
        self.norm = GlobalNorm(config.width, eps=NORM_EPS)

    def forward(self, rows_rnd: Tensor, counts_r: Tensor | None = None) -> Tensor:
        mask_rn = None if counts_r is None else frame_mask(counts_r, rows_rnd.shape[1])
        normed_rnd: Tensor = self.norm(self.path(rows_rnd, counts_r), mask_rn)
        return normed_rnd + rows_rnd


class ReSepformerSeparator(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`; exact for padded batches with `lengths_b`.

    Segments do not overlap, and only the summaries of one item's own segments attend to each other; the published
    code lets those of all items of a batch do so, and agrees with this for a batch of one.
    """

    def __init__(self, config: ReSepformerConfig) -> None:
        super().__init__()
        self.config = config
        width, kernel = config.width, config.kernel_samples
        self.encoder = nn.Linear(kernel, width, bias=False)
        self.segment_paths = nn.ModuleList(
            NormedPath(config, config.segment_layers) for _ in range(config.num_blocks)
        )
        self.memory_paths = nn.ModuleList(
            NormedPath(config, config.memory_layers) for _ in range(config.num_blocks - 1)
        )
        self.prelu = nn.PReLU()
        self.mask_projection = nn.Linear(width, config.num_sources * width)
        self.decoder = nn.Linear(width, kernel, bias=False)
        # As in the transposed convolution that this product and the overlap-add amount to.
        nn.init.uniform_(self.decoder.weight, -(kernel**-0.5), kernel**-0.5)

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        samples = mix_bt.shape[-1]
        if lengths_b is not None and bool((lengths_b == samples).all()):
            lengths_b = None
        encoded_bld = self._encode(silence_padding(mix_bt, lengths_b))
        frames_b = None if lengths_b is None else self._num_frames(lengths_b)
        if frames_b is not None:
            encoded_bld = encoded_bld * frame_mask(frames_b, encoded_bld.shape[1]).unsqueeze(-1)
        masks_blcd = self._estimate_masks(encoded_bld, frames_b)
        return silence_padding(self._decode(encoded_bld, masks_blcd, samples), lengths_b)

    def _num_frames(self, lengths_b: Tensor) -> Tensor:
        beyond_first = (lengths_b - self.config.kernel_samples).clamp_min(0)
        return torch.div(beyond_first, self.config.stride_samples, rounding_mode="floor") + 1

    def _encode(self, mix_bt: Tensor) -> Tensor:
        kernel = self.config.kernel_samples
        padded_bt = functional.pad(mix_bt, (0, max(0, kernel - mix_bt.shape[-1])))
        # Half precision would cost here what it nowhere gains: the stems are this signal times a mask.
        with torch.autocast(mix_bt.device.type, enabled=False):
            encoded_bld: Tensor = self.encoder(
                padded_bt.float().unfold(-1, kernel, self.config.stride_samples)
            )
        return encoded_bld.relu()

    def _estimate_masks(self, encoded_bld: Tensor, frames_b: Tensor | None) -> Tensor:
        size = self.config.segment_frames
        # Always up to a whole segment of silence behind the last frame, as the published model pads.
        padding = size - encoded_bld.shape[1] % size
        padded_bld = functional.pad(encoded_bld, (0, 0, 0, padding))
        segments_bskd = padded_bld.view(len(padded_bld), -1, size, padded_bld.shape[-1])
        counts_b = None if frames_b is None else torch.div(frames_b, size, rounding_mode="floor") + 1
        segments_bskd = self._run_paths(segments_bskd, counts_b)
        hidden_bld = self.prelu(segments_bskd.flatten(1, 2)[:, : encoded_bld.shape[1]])
        masks: Tensor = self.mask_projection(hidden_bld).float().relu()
        return masks.view(*masks.shape[:2], self.config.num_sources, -1)

    def _run_paths(self, segments_bskd: Tensor, counts_b: Tensor | None) -> Tensor:
        segments_bskd = self._run_segments(0, segments_bskd)
        for index, memory_path in enumerate(self.memory_paths, start=1):
            memory_bsd = memory_path(segments_bskd.mean(dim=2), counts_b)
            segments_bskd = self._run_segments(index, segments_bskd + memory_bsd.unsqueeze(2))
        return segments_bskd

    def _run_segments(self, index: int, segments_bskd: Tensor) -> Tensor:
        result: Tensor = self.segment_paths[index](segments_bskd.flatten(0, 1))
        return result.view(segments_bskd.shape)

    def _decode(self, encoded_bld: Tensor, masks_blcd: Tensor, samples: int) -> Tensor:
        with torch.autocast(masks_blcd.device.type, enabled=False):
            pieces_blck = self.decoder(encoded_bld.unsqueeze(2) * masks_blcd)
        stems_btc = overlap_add(pieces_blck.transpose(2, 3), self.config.stride_samples)
        missing = max(0, samples - stems_btc.shape[1])
        return functional.pad(stems_btc, (0, 0, 0, missing))[:, :samples].transpose(1, 2).contiguous()
