"""One order of speakers for a whole recording that was separated chunk by chunk.

Chunks are split at pauses into passages, since a separator may also change its order across a pause within a
chunk. Passages are tied by three kinds of evidence: the waveforms, where neighbouring chunks overlap and somebody
speaks; the separator's own continuity, across a pause within a chunk; and the voices, across anything. All of it
is kept as small sums, and the orders are chosen once the last chunk is known: who spoke before a long pause may
show only long after it.

Shape suffixes: c, s sources (of the earlier passage and the later one), t samples, n frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from modeling.speaker_groups import Link, Order, SpeakerGroups
from modeling.voice_statistics import FRAME_S, Array, Samples, frame_powers, voice_sums

PAUSE_S = 0.3
BELOW_LOUD_DB = 30.0
"""Frames this far below the loud ones are taken for a pause."""
SPEECH_IN_OVERLAP_S = 0.25
"""With less speech than this an overlap decides nothing alone."""
OVERLAP_WEIGHT = 20.0
CONTINUITY_WEIGHT = 4.0
"""In units of log-likelihood, as the voices are; see `speaker_groups`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of one chunk between two pauses; `start` and `end` are samples of the recording."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkPlan:
    """Where a chunk lies in the recording, and its passages without gaps."""

    start: int
    end: int
    passages: list[Passage] = field(default_factory=list)


class Stitcher:
    """Collects the evidence of chunks as they come and then decides the order of sources in each passage."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._loudness = _Loudness()
        self._groups = SpeakerGroups()
        self._before_ct: Samples | None = None
        self.chunks: list[ChunkPlan] = []

    def add(self, start: int, stems_ct: Samples) -> None:
        """Take the next chunk, which begins at sample `start` of the recording."""
        mixed_t = stems_ct.sum(axis=0)
        powers_n = frame_powers(mixed_t, sample_rate_hz=self._sample_rate_hz)
        self._loudness.add(powers_n)
        passages = self._split(start, len(mixed_t), powers_n)
        for passage in passages:
            inside = slice(passage.start - start, passage.end - start)
            voices = voice_sums(
                stems_ct[:, inside],
                sample_rate_hz=self._sample_rate_hz,
                active_above=self._loudness.pause_below(),
            )
            links = list(self._links_to(passage, start, stems_ct, is_first=passage is passages[0]))
            self._groups.add(voices, links)
        self.chunks.append(ChunkPlan(start=start, end=start + len(mixed_t), passages=passages))
        self._before_ct = stems_ct

    def orders(self) -> list[list[Order]]:
        """For each chunk, for each passage: stem `c` of the recording is the chunk's source `order[c]`."""
        orders = iter(self._groups.orders())
        return [[next(orders) for _ in chunk.passages] for chunk in self.chunks]

    def _split(self, start: int, length: int, powers_n: Array) -> list[Passage]:
        frame = max(2, int(FRAME_S * self._sample_rate_hz))
        middles = _middles_of_pauses(powers_n > self._loudness.pause_below(), shortest=int(PAUSE_S / FRAME_S))
        edges = [0, *(middle * frame for middle in middles), length]
        return [
            Passage(start=start + first, end=start + last)
            for first, last in zip(edges[:-1], edges[1:], strict=True)
        ]

    def _links_to(self, passage: Passage, start: int, stems_ct: Samples, *, is_first: bool) -> Iterator[Link]:
        count = self._groups.count
        if not is_first:
            yield Link(
                before=count - 1, likeness_cs=np.eye(len(stems_ct)), weight=CONTINUITY_WEIGHT, is_sure=False
            )
        if self._before_ct is None:
            return
        before = self.chunks[-1]
        first = sum(len(chunk.passages) for chunk in self.chunks[:-1])
        for index, earlier in enumerate(before.passages, start=first):
            common = Passage(start=max(earlier.start, passage.start), end=min(earlier.end, passage.end))
            if common.end > common.start:
                before_ct = self._before_ct[:, common.start - before.start : common.end - before.start]
                after_st = stems_ct[:, common.start - start : common.end - start]
                yield self._overlap_link(index, before_ct, after_st)

    def _overlap_link(self, before: int, before_ct: Samples, after_st: Samples) -> Link:
        likeness_cs = before_ct.astype(np.float64) @ after_st.T.astype(np.float64)
        energy = np.sqrt(float(np.square(before_ct).sum()) * float(np.square(after_st).sum()))
        powers_n = frame_powers(after_st.sum(axis=0), sample_rate_hz=self._sample_rate_hz)
        speech_s = FRAME_S * float((powers_n > self._loudness.pause_below()).sum())
        return Link(
            before=before,
            likeness_cs=likeness_cs / (energy + 1e-30),
            # Even silence holds a trace of the room, which decides where nothing else does.
            weight=OVERLAP_WEIGHT * min(1.0, speech_s + 0.02),
            is_sure=speech_s >= SPEECH_IN_OVERLAP_S,
        )


class _Loudness:
    """A histogram of frame powers in whole dB: the loud end and the floor of a recording in constant memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(200)

    def add(self, powers_n: Array) -> None:
        levels = np.clip(10 * np.log10(powers_n + 1e-16) + 160, 0, 199).astype(int)
        self._counts += np.bincount(levels, minlength=200)

    def pause_below(self) -> float:
        """The power under which a frame is taken for a pause."""
        shares = np.cumsum(self._counts) / max(1.0, self._counts.sum())
        loud, floor = (float(np.searchsorted(shares, share)) - 160 for share in (0.95, 0.1))
        # Over a noisy room's floor, but a recording without pauses has no floor to measure.
        level_db = max(loud - BELOW_LOUD_DB, min(floor + 6.0, loud - BELOW_LOUD_DB / 2))
        return float(10 ** (level_db / 10))


def _middles_of_pauses(
    is_speech_n: np.ndarray[tuple[int], np.dtype[np.bool_]], *, shortest: int
) -> list[int]:
    """Frames in the middle of each pause that has speech on both sides."""
    speech = np.flatnonzero(is_speech_n)
    ends, starts = speech[:-1], speech[1:]
    is_pause = starts - ends > shortest
    return [int(middle) for middle in (ends[is_pause] + 1 + starts[is_pause]) // 2]


def reordered(raw_ct: Samples, chunk: ChunkPlan, orders: Sequence[Order], *, fade: int) -> Samples:
    """A chunk's raw stems in the order of each passage, faded over `fade` samples where the order changes."""
    result_ct: Samples = raw_ct[orders[0]]
    for passage, before, order in zip(chunk.passages[1:], orders[:-1], orders[1:], strict=True):
        if order != before:
            middle = passage.start - chunk.start
            first, last = max(0, middle - fade // 2), min(raw_ct.shape[1], middle + fade // 2)
            ramp_t = np.linspace(0.0, 1.0, last - first, dtype=np.float32)
            after_ct = raw_ct[order]
            result_ct[:, first:last] = (
                result_ct[:, first:last] * (1 - ramp_t) + after_ct[:, first:last] * ramp_t
            )
            result_ct[:, last:] = after_ct[:, last:]
    return result_ct
