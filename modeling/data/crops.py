"""Cutting voices from clips and placing them in a crop, by how much they overlap.

Shape suffixes: c sources, t samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeling.data.bank import BankedClip
from modeling.data.casting import Speaker
from modeling.data.mixing_config import MixingConfig
from modeling.waveforms import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where a voice sounds in a crop, in samples."""

    start: int
    length: int

    def overlap(self, other: Extent) -> int:
        end = min(self.start + self.length, other.start + other.length)
        return max(0, end - max(self.start, other.start))


def draw_voices(
    rng: np.random.Generator, cast: Sequence[Speaker], *, config: MixingConfig, samples: int
) -> tuple[Samples, list[Extent]]:
    """Voices `(c, t)`, one crop of each speaker at a speed of its own, and where each of them sounds.

    `t` is `samples`, or as much of it as the voices need, where the rules ask for whole clips.
    """
    clips = [speaker.clips[int(rng.integers(len(speaker.clips)))] for speaker in cast]
    speeds = [config.speeds_percent[int(rng.integers(len(config.speeds_percent)))] for _ in clips]
    overlap = _draw_overlap(rng, config)
    longest = int(samples / (2.0 - overlap))
    lengths = [
        min(longest, clip.length(speed_percent=speed)) for clip, speed in zip(clips, speeds, strict=True)
    ]
    if config.whole_clips:
        samples = min(samples, math.ceil(max(lengths) * (2.0 - overlap)))
    extents = place(rng, lengths, samples=samples, overlap=overlap)
    voices_ct = np.zeros((len(cast), samples), dtype=np.float32)
    for voice_t, clip, speed, extent in zip(voices_ct, clips, speeds, extents, strict=True):
        voice_t[extent.start : extent.start + extent.length] = _cut(rng, clip, speed, extent.length)
    return voices_ct, extents


def place(rng: np.random.Generator, lengths: Sequence[int], *, samples: int, overlap: float) -> list[Extent]:
    """Place voices around the longest one: the first other overlaps by `overlap` of itself, the rest by more.

    All hang out on one side, so that they fit where no length is over samples / (2 - overlap).
    """
    anchor = int(np.argmax(lengths))
    outside = [0] * len(lengths)
    shares = iter([overlap])
    for index, length in enumerate(lengths):
        if index != anchor:
            share = next(shares, None)
            outside[index] = int((1.0 - (rng.uniform(overlap, 1.0) if share is None else share)) * length)
    margin = max(outside)
    base = int(rng.integers(samples - lengths[anchor] - margin + 1))
    hangs_before = bool(rng.random() < 0.5)
    starts = []
    for index, length in enumerate(lengths):
        spare = lengths[anchor] - length
        if index == anchor:
            offset = 0
        elif outside[index]:
            offset = spare + outside[index]
        else:
            offset = int(rng.integers(spare + 1))
        starts.append(base + offset)
    extents = [Extent(start=start, length=length) for start, length in zip(starts, lengths, strict=True)]
    if not hangs_before:
        return extents
    return [Extent(start=samples - each.start - each.length, length=each.length) for each in extents]


def _draw_overlap(rng: np.random.Generator, config: MixingConfig) -> float:
    if rng.random() >= config.partial_overlap_share:
        return 1.0
    return float(rng.uniform(config.overlap_low, config.overlap_high))


def _cut(rng: np.random.Generator, clip: BankedClip, speed_percent: int, length: int) -> Samples:
    spare = clip.length(speed_percent=speed_percent) - length
    return clip.cut(speed_percent=speed_percent, start=int(rng.integers(spare + 1)), length=length)
