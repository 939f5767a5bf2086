"""The dual-path frame (Luo et al., 2020): encoder, overlapping chunks, blocks within and across chunks, masks.

DPRNN, SepFormer and DPTNet differ in what runs along the steps of a chunk and of a row of chunks; all else is here.

Shape suffixes: b batch, t samples, l encoder frames, f encoder filters, c sources, s chunks, k frames in a chunk,
d features, r rows (independent sequences), n steps of a row; `_b` and `_r` also name counts, one for each.
Features stay last everywhere, so that every projection is one matrix product without a copy before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from modeling.models.masking import frame_mask, silence_padding

Count = TypeVar("Count", int, Tensor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """How frames are cut into overlapping chunks, with silence before the first and after the last frame.

    `half` (SpeechBrain) pads half a chunk in front and as much behind as makes an even number of chunks, which is
    one chunk more than needed when the frames are a whole number of chunks and a half. `whole` (Asteroid) pads a
    whole chunk in front and lets the last chunk begin at or before the end of the frames.
    """

    chunk_frames: int
    hop_frames: int
    padding: Literal["half", "whole"]

    @property
    def frames_in_front(self) -> int:
        return self.hop_frames if self.padding == "half" else self.chunk_frames

    def num_chunks(self, frames: Count) -> Count:
        """Chunks of a signal of so many frames; also of a tensor of such numbers."""
        reach = frames + self.frames_in_front
        if self.padding == "half":
            return 2 * (reach // self.chunk_frames + 1)
        return reach // self.hop_frames + 1

    def split(self, hidden_bld: Tensor) -> Tensor:
        """`(batch, frames, features) -> (batch, chunks, chunk frames, features)`, contiguous."""
        frames = hidden_bld.shape[1]
        covered = (self.num_chunks(frames) - 1) * self.hop_frames + self.chunk_frames
        behind = covered - frames - self.frames_in_front
        padded_bld = functional.pad(hidden_bld, (0, 0, self.frames_in_front, behind))
        return padded_bld.unfold(1, self.chunk_frames, self.hop_frames).transpose(2, 3).contiguous()

    def join(self, chunks_bskd: Tensor, frames: int) -> Tensor:
        """Overlap-add, a plain sum: `(batch, chunks, chunk frames, features) -> (batch, frames, features)`."""
        joined_bld = overlap_add(chunks_bskd, self.hop_frames)
        return joined_bld[:, self.frames_in_front : self.frames_in_front + frames]


def overlap_add(pieces_bskd: Tensor, hop: int) -> Tensor:
    """Sum pieces that begin `hop` apart: `(b, s, k, d) -> (b, at least (s - 1) * hop + k, d)`."""
    batch, count, length, features = pieces_bskd.shape
    layers = -(-length // hop)
    sum_bshd = pieces_bskd.new_zeros(batch, count + layers - 1, hop, features)
    for layer in range(layers):
        part = pieces_bskd[:, :, layer * hop : (layer + 1) * hop]
        sum_bshd[:, layer : layer + count, : part.shape[2]] += part
    return sum_bshd.flatten(1, 2)


class GlobalNorm(nn.Module):
    """Norm over all axes of each item but the batch, features last, with a gain and bias for each feature.

    `eps` is 1e-8 as in the published models. What `mask` (`(batch, ...)`, without the features) leaves out does
    not count and comes out as zero.
    """

    def __init__(self, features: int, eps: float = 1e-8) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.eps = eps

    def forward(self, hidden: Tensor, mask: Tensor | None = None) -> Tensor:
        hidden = hidden.float()
        axes = tuple(range(1, hidden.ndim))
        kept = None if mask is None else mask.unsqueeze(-1).to(hidden.dtype)
        centred = hidden - _mean(hidden, kept, axes)
        # Not `torch.var_mean`: in one pass over all axes it takes six times as long on a CPU.
        scale = self.weight * (_mean(centred.square(), kept, axes) + self.eps).rsqrt()
        normed = torch.addcmul(self.bias, centred, scale)
        return normed if kept is None else normed * kept


def _mean(hidden: Tensor, kept: Tensor | None, axes: tuple[int, ...]) -> Tensor:
    """Mean over `axes` of what `kept` (1 or 0, broadcast) keeps, of all where it is None."""
    if kept is None:
        return hidden.mean(dim=axes, keepdim=True)
    count = kept.sum(dim=axes, keepdim=True) * (hidden[0].numel() // kept[0].numel())
    return (hidden * kept).sum(dim=axes, keepdim=True) / count


class DualPathBlock(nn.Module):
    """One path within the chunks, then one across them, each normed over the whole item and added to its input.

    A path maps `(rows, steps, features)` to the same shape; `counts_r`, where given, says how many steps of each
    row exist.
    """

    def __init__(self, *, intra: nn.Module, inter: nn.Module, width: int) -> None:
        super().__init__()
        self.intra, self.inter = intra, inter
        self.intra_norm, self.inter_norm = GlobalNorm(width), GlobalNorm(width)

    def forward(self, chunks_bskd: Tensor, counts_b: Tensor | None = None) -> Tensor:
        mask_bs1 = None if counts_b is None else frame_mask(counts_b, chunks_bskd.shape[1]).unsqueeze(-1)
        within_bskd = self.intra_norm(run_within_chunks(self.intra, chunks_bskd), mask_bs1)
        chunks_bskd = chunks_bskd + within_bskd
        across_bskd: Tensor = self.inter_norm(run_across_chunks(self.inter, chunks_bskd, counts_b), mask_bs1)
        return chunks_bskd + across_bskd


def run_within_chunks(path: nn.Module, chunks_bskd: Tensor) -> Tensor:
    """Every chunk is a row. Chunks that an item does not have are rows of their own and disturb nobody."""
    result: Tensor = path(chunks_bskd.flatten(0, 1))
    return result.view(chunks_bskd.shape)


def run_across_chunks(path: nn.Module, chunks_bskd: Tensor, counts_b: Tensor | None) -> Tensor:
    """Every position inside a chunk is a row, whose steps are the chunks that the item has."""
    batch, chunks, positions, features = chunks_bskd.shape
    counts_r = None if counts_b is None else counts_b.repeat_interleave(positions)
    rows_rnd = chunks_bskd.transpose(1, 2).flatten(0, 1)
    result: Tensor = path(rows_rnd, counts_r)
    return result.view(batch, positions, chunks, features).transpose(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DualPathFrame:
    """What surrounds the blocks; `width` is the number of features inside them."""

    num_sources: int
    filters: int
    kernel_samples: int
    stride_samples: int
    width: int
    segmentation: Segmentation
    encoder_activation: Literal["relu", "linear"]
    mask_activation: Literal["relu", "sigmoid"]
    bottleneck: Literal["none", "plain", "biased"] = "plain"
    averages_overlaps: bool = False


class DualPathSeparator(nn.Module):
    """Separate a mixture: `(batch, samples) -> (batch, sources, samples)`.

    With `lengths_b` (samples) every item of a padded batch comes out as it does alone: it has its own number of
    frames, its own silence in its last chunks and its own number of chunks. Norms and paths see nothing else.
    """

    def __init__(self, frame: DualPathFrame, blocks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.frame = frame
        width, filters = frame.width, frame.filters
        self.encoder = nn.Linear(frame.kernel_samples, filters, bias=False)
        self.input_norm = GlobalNorm(filters)
        has_bottleneck = frame.bottleneck != "none"
        self.bottleneck = (
            nn.Linear(filters, width, bias=frame.bottleneck == "biased") if has_bottleneck else nn.Identity()
        )
        self.blocks = nn.ModuleList(blocks)
        self.prelu = nn.PReLU()
        self.source_projection = nn.Linear(width, frame.num_sources * width)
        self.gates = nn.Linear(width, 2 * width)
        self.mask_projection = nn.Linear(width, filters, bias=False) if has_bottleneck else nn.Identity()
        self.decoder = nn.Linear(filters, frame.kernel_samples, bias=False)
        # As in the transposed convolution that this product and the overlap-add amount to.
        nn.init.uniform_(self.decoder.weight, -(frame.kernel_samples**-0.5), frame.kernel_samples**-0.5)

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        samples = mix_bt.shape[-1]
        if lengths_b is not None and bool((lengths_b == samples).all()):
            lengths_b = None
        encoded_blf = self._encode(silence_padding(mix_bt, lengths_b))
        frames_b = None if lengths_b is None else self._num_frames(lengths_b)
        encoded_blf = _silence_frames(encoded_blf, frames_b)
        masks_blcf = self._estimate_masks(encoded_blf, frames_b)
        return silence_padding(self._decode(encoded_blf, masks_blcf, samples), lengths_b)

    def _num_frames(self, lengths_b: Tensor) -> Tensor:
        beyond_first = (lengths_b - self.frame.kernel_samples).clamp_min(0)
        return torch.div(beyond_first, self.frame.stride_samples, rounding_mode="floor") + 1

    def _encode(self, mix_bt: Tensor) -> Tensor:
        kernel = self.frame.kernel_samples
        padded_bt = functional.pad(mix_bt, (0, max(0, kernel - mix_bt.shape[-1])))
        # Half precision would cost here what it nowhere gains: the stems are this signal times a mask.
        with torch.autocast(mix_bt.device.type, enabled=False):
            encoded_blf: Tensor = self.encoder(
                padded_bt.float().unfold(-1, kernel, self.frame.stride_samples)
            )
        return encoded_blf.relu_() if self.frame.encoder_activation == "relu" else encoded_blf

    def _estimate_masks(self, encoded_blf: Tensor, frames_b: Tensor | None) -> Tensor:
        frames = encoded_blf.shape[1]
        mask_bl = None if frames_b is None else frame_mask(frames_b, frames)
        hidden_bld = _silence_frames(self.bottleneck(self.input_norm(encoded_blf, mask_bl)), frames_b)
        chunks_bskd = self.frame.segmentation.split(hidden_bld)
        counts_b = self._num_chunks(frames_b, chunks_bskd.shape[1])
        for block in self.blocks:
            chunks_bskd = block(chunks_bskd, counts_b)
        sources_bskd = self.source_projection(self.prelu(chunks_bskd))
        joined_bld = self.frame.segmentation.join(sources_bskd, frames)
        return self._gated_masks(joined_bld.view(*joined_bld.shape[:2], -1, self.frame.width))

    def _num_chunks(self, frames_b: Tensor | None, chunks: int) -> Tensor | None:
        if frames_b is None:
            return None
        counts_b = self.frame.segmentation.num_chunks(frames_b)
        return None if bool((counts_b == chunks).all()) else counts_b

    def _gated_masks(self, joined_blcd: Tensor) -> Tensor:
        if self.frame.averages_overlaps:
            chunk = self.frame.segmentation
            joined_blcd = joined_blcd * (chunk.hop_frames / chunk.chunk_frames)
        value, gate = self.gates(joined_blcd).chunk(2, dim=-1)
        masks: Tensor = self.mask_projection(torch.tanh(value) * torch.sigmoid(gate)).float()
        return masks.relu() if self.frame.mask_activation == "relu" else masks.sigmoid()

    def _decode(self, encoded_blf: Tensor, masks_blcf: Tensor, samples: int) -> Tensor:
        with torch.autocast(masks_blcf.device.type, enabled=False):
            pieces_blck = self.decoder(encoded_blf.unsqueeze(2) * masks_blcf)
        stems_btc = overlap_add(pieces_blck.transpose(2, 3), self.frame.stride_samples)
        missing = max(0, samples - stems_btc.shape[1])
        return functional.pad(stems_btc, (0, 0, 0, missing))[:, :samples].transpose(1, 2).contiguous()


def _silence_frames(hidden_bld: Tensor, frames_b: Tensor | None) -> Tensor:
    if frames_b is None:
        return hidden_bld
    return hidden_bld * frame_mask(frames_b, hidden_bld.shape[1]).unsqueeze(-1).to(hidden_bld.dtype)
