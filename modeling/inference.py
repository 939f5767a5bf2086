"""Running separators: batches of unequal lengths, signals of any length, levels, memory.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking, free_after_shortage, smaller_chunking
from modeling.speaker_groups import Order
from modeling.stitching import Stitcher, reordered
from modeling.voice_statistics import Samples

BUDGET_S = 120.0
"""Seconds of audio in one batch, padding included."""
FADE_S = 0.02
"""Where the order of sources changes within a chunk, in a pause."""


@torch.inference_mode()
def separate(
    model: nn.Module,
    mix_t: Tensor,
    *,
    sample_rate_hz: int,
    chunking: Chunking | None = None,
    is_consistent: bool = False,
) -> Tensor:
    """Separate one mixture into `(sources, samples)`, aligned with it and at its level.

    Beyond the limit the mixture is cut into chunks that overlap by a quarter; one order of sources is chosen for
    the whole (`modeling.stitching`), the chunks are cross-faded. Out of memory the chunk is halved and the work
    goes on; below one second it is given up as `ResourceShortage`. With `is_consistent` the stems add up to the
    mixture exactly (`make_consistent`).
    """
    chunking = chunking or Chunking()
    if len(mix_t) <= chunking.limit_s * sample_rate_hz:
        try:
            stems_ct = match_levels(mix_t, model(mix_t.unsqueeze(0))[0].float())
        except RuntimeError as error:
            chunking = smaller_chunking(chunking, after=error)
            stems_ct = _separate_stitched(model, mix_t, sample_rate_hz, chunking)
    else:
        stems_ct = _separate_stitched(model, mix_t, sample_rate_hz, chunking)
    return make_consistent(mix_t, stems_ct) if is_consistent else stems_ct


@torch.inference_mode()
def separate_batch(
    model: nn.Module,
    mixtures: Sequence[Tensor],
    *,
    sample_rate_hz: int,
    budget_s: float = BUDGET_S,
    chunking: Chunking | None = None,
) -> list[Tensor]:
    """Separate 1-D mixtures of any lengths into a list of `(sources, samples)`, in the order given.

    Mixtures of similar length share a batch of at most `budget_s` seconds, padding included; each comes out as
    it would alone. Those beyond the limit of `chunking` are separated one by one, in chunks. Out of memory a
    batch is halved; when a single mixture is too much, its chunk is.
    """
    chunking = chunking or Chunking()
    lengths = [len(mix_t) for mix_t in mixtures]
    limit = int(chunking.limit_s * sample_rate_hz)
    stems: dict[int, Tensor] = {}
    for batch in bucket_by_length(lengths, budget=int(budget_s * sample_rate_hz), alone_above=limit):
        chosen = [mixtures[index] for index in batch]
        separated = _separate_bucket(model, chosen, sample_rate_hz=sample_rate_hz, chunking=chunking)
        stems.update(zip(batch, separated, strict=True))
    return [stems[index] for index in range(len(mixtures))]


def bucket_by_length(lengths: Sequence[int], *, budget: int, alone_above: int) -> Iterator[list[int]]:
    """Group indices so that `len(group) * its longest` stays within the budget; longest first, one at least.

    Whatever is longer than `alone_above` is a group of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        longest = lengths[batch[0]] if batch else 0
        if batch and (longest > alone_above or (len(batch) + 1) * longest > budget):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def match_levels(mix_t: Tensor, stems_ct: Tensor) -> Tensor:
    """Scale each stem so that their sum comes as near to the mixture as it can (least squares).

    SI-SNR training leaves level and polarity of each output free; this restores both and leaves the SI-SNR as
    it is. A source silent in the mixture stays silent.
    """
    sums = _LevelSums.of(mix_t, stems_ct)
    gains_c = torch.from_numpy(sums.gains()).to(stems_ct)
    return stems_ct * gains_c.unsqueeze(1)


def make_consistent(mix_t: Tensor, stems_ct: Tensor) -> Tensor:
    """Share what the stems leave of the mixture equally among them: `s_c + (x - sum(s)) / C`.

    The nearest signals (least squares) that add up to the mixture (Wisdom et al., 2019, arXiv 1811.08521). Noise
    and reverberation that a separator took away come back, an equal share in every stem.
    """
    residual_t = mix_t - stems_ct.sum(dim=0)
    return stems_ct + residual_t / len(stems_ct)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedChunk:
    """The raw stems of a piece of a recording, with the mixture they came from."""

    start: int
    mix_t: Tensor
    stems_ct: Tensor


@torch.inference_mode()
def separate_chunks(
    model: nn.Module,
    mix_between: Callable[[int, int], Tensor],
    *,
    length: int,
    sample_rate_hz: int,
    chunking: Chunking | None = None,
) -> Iterator[SeparatedChunk]:
    """Separate a recording piece by piece; `mix_between(start, end)` gives its samples, starts never go back.

    A recording within the limit is one chunk. Levels and the order of sources are those of the model, chunk by
    chunk: `SeparatedRecording` makes one recording of them.
    """
    chunking = chunking or Chunking()
    chunk = length if length <= chunking.limit_s * sample_rate_hz else int(chunking.chunk_s * sample_rate_hz)
    start, end = 0, 0
    while end < length:
        start = max(0, min(end - chunk // 4, length - chunk), end - chunk // 2)
        try:
            mix_t = mix_between(start, min(start + chunk, length))
            stems_ct = model(mix_t.unsqueeze(0))[0].float()
        except RuntimeError as error:
            chunking = smaller_chunking(chunking, after=error)
            chunk = min(chunk, int(chunking.chunk_s * sample_rate_hz))
            continue
        end = start + len(mix_t)
        yield SeparatedChunk(start=start, mix_t=mix_t, stems_ct=stems_ct)


class SeparatedRecording:
    """What is known of a recording's chunks, in little memory, and their assembly into whole stems."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._stitcher = Stitcher(sample_rate_hz=sample_rate_hz)
        self._levels: list[_LevelSums] = []
        """One for each passage, since each may have another order."""
        self._fade = max(2, int(FADE_S * sample_rate_hz))

    def add(self, chunk: SeparatedChunk) -> None:
        self._stitcher.add(chunk.start, chunk.stems_ct.cpu().numpy())
        for passage in self._stitcher.chunks[-1].passages:
            inside = slice(passage.start - chunk.start, passage.end - chunk.start)
            self._levels.append(_LevelSums.of(chunk.mix_t[inside], chunk.stems_ct[:, inside]))

    def stems(self, raw_chunks: Iterator[Samples]) -> Iterator[Samples]:
        """The stems `(sources, samples)` of the recording, block by block, from the chunks' raw stems.

        Rows beyond the sources (a mixture kept beside them) stay in place and at their level.
        """
        orders = self._stitcher.orders()
        gains_c = self._gains(orders)
        plans = self._stitcher.chunks
        tail_ct: Samples | None = None
        for index, raw_ct in enumerate(raw_chunks):
            block_ct = raw_ct.copy()
            stems_ct = reordered(raw_ct[: len(gains_c)], plans[index], orders[index], fade=self._fade)
            block_ct[: len(gains_c)] = stems_ct * gains_c[:, None]
            if tail_ct is not None:
                _fade_in(block_ct, tail_ct)
            cut = plans[index + 1].start if index + 1 < len(plans) else plans[index].end
            yield block_ct[:, : cut - plans[index].start]
            tail_ct = block_ct[:, cut - plans[index].start :]

    def _gains(self, orders: list[list[Order]]) -> Samples:
        """One gain a stem for the whole recording: chunk by chunk the level would pump with who speaks."""
        passages = [order for chunk in orders for order in chunk]
        ordered = [sums.reordered(order) for sums, order in zip(self._levels, passages, strict=True)]
        return _LevelSums.total(ordered).gains().astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LevelSums:
    """Inner products of stems with each other and with the mixture."""

    gram_cc: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    cross_c: np.ndarray[tuple[int], np.dtype[np.float64]]

    @classmethod
    def of(cls, mix_t: Tensor, stems_ct: Tensor) -> _LevelSums:
        return cls(
            gram_cc=(stems_ct @ stems_ct.T).double().cpu().numpy(),
            cross_c=(stems_ct @ mix_t).double().cpu().numpy(),
        )

    @classmethod
    def total(cls, parts: Sequence[_LevelSums]) -> _LevelSums:
        return cls(
            gram_cc=np.sum([part.gram_cc for part in parts], axis=0),
            cross_c=np.sum([part.cross_c for part in parts], axis=0),
        )

    def reordered(self, order: Order) -> _LevelSums:
        return _LevelSums(gram_cc=self.gram_cc[np.ix_(order, order)], cross_c=self.cross_c[order])

    def gains(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        # A trace of ridge keeps two nearly equal stems from taking huge opposite gains.
        ridge = 1e-3 * self.gram_cc.diagonal().mean() + 1e-12
        gains_c = np.linalg.solve(self.gram_cc + ridge * np.eye(len(self.cross_c)), self.cross_c)
        return np.asarray(gains_c)


def _separate_stitched(model: nn.Module, mix_t: Tensor, sample_rate_hz: int, chunking: Chunking) -> Tensor:
    recording = SeparatedRecording(sample_rate_hz=sample_rate_hz)
    kept: list[Samples] = []
    for chunk in separate_chunks(
        model,
        lambda start, end: mix_t[start:end],
        length=len(mix_t),
        sample_rate_hz=sample_rate_hz,
        chunking=chunking,
    ):
        recording.add(chunk)
        kept.append(chunk.stems_ct.cpu().numpy())
    blocks = list(recording.stems(iter(kept)))
    return torch.from_numpy(np.concatenate(blocks, axis=1)).to(mix_t.device)


def _separate_bucket(
    model: nn.Module, mixtures: Sequence[Tensor], *, sample_rate_hz: int, chunking: Chunking
) -> list[Tensor]:
    if len(mixtures) == 1:
        return [separate(model, mixtures[0], sample_rate_hz=sample_rate_hz, chunking=chunking)]
    try:
        return _separate_together(model, mixtures)
    except RuntimeError as error:
        free_after_shortage(error)
    half = len(mixtures) // 2
    return [
        stems_ct
        for part in (mixtures[:half], mixtures[half:])
        for stems_ct in _separate_bucket(model, part, sample_rate_hz=sample_rate_hz, chunking=chunking)
    ]


def _separate_together(model: nn.Module, mixtures: Sequence[Tensor]) -> list[Tensor]:
    lengths = [len(mix_t) for mix_t in mixtures]
    mix_bt = torch.nn.utils.rnn.pad_sequence(list(mixtures), batch_first=True)
    is_equal = min(lengths) == max(lengths)
    lengths_b = None if is_equal else torch.tensor(lengths, device=mix_bt.device)
    stems_bct = model(mix_bt, lengths_b).float()
    return [
        match_levels(mix_t, stems_ct[:, : len(mix_t)])
        for mix_t, stems_ct in zip(mixtures, stems_bct, strict=True)
    ]


def _fade_in(block_ct: Samples, tail_ct: Samples) -> None:
    overlap = tail_ct.shape[1]
    fade_t = np.linspace(0.0, 1.0, overlap, dtype=np.float32)
    block_ct[:, :overlap] = tail_ct * (1 - fade_t) + block_ct[:, :overlap] * fade_t
