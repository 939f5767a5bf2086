"""A long conversation of two test speakers, built from the corpus: turns, talking over each other, pauses.

Shape suffixes: c speakers, t samples.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.report import CannotRun
from modeling.data.corpus import Clip, read_clips
from modeling.waveforms import Samples, read_samples

LEVEL = 0.05
"""RMS of each speaker's clips; peaks of speech lie about 15 dB above."""
SHORT_PAUSE_S = (0.2, 1.2)
LONG_PAUSE_S = (5.0, 12.0)
"""Longer than the overlap of two chunks, so that some chunks meet in silence."""
MINIMUM_CLIPS_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The two speakers apart, `(2, samples)`; the mixture is their sum."""

    sources_ct: Samples
    speakers: tuple[str, str]
    sample_rate_hz: int


def build_conversation(
    corpus: Path, *, duration_s: float, sample_rate_hz: int, seed: int, sexes: str = "mf"
) -> Conversation:
    """Alternate turns of clips: a third of the turns overlap the one before, some follow a long pause."""
    rng = random.Random(seed)
    clips = read_clips(corpus, split="test")
    speakers = _choose_speakers(rng, clips, sexes=sexes)
    voices = [_voice(rng, corpus, clips, speaker, sample_rate_hz) for speaker in speakers]
    sources_ct = np.zeros((2, int(duration_s * sample_rate_hz)), dtype=np.float32)
    ends = [0, 0]
    for turn in range(sources_ct.shape[1]):
        speaker = turn % 2 if rng.random() < 0.8 else rng.randrange(2)
        start = max(ends[speaker], max(ends) + int(_gap_s(rng) * sample_rate_hz))
        for _ in range(rng.randint(1, 3)):
            clip_t = next(voices[speaker])[: max(0, sources_ct.shape[1] - start)]
            sources_ct[speaker, start : start + len(clip_t)] = clip_t
            start += len(clip_t)
        ends[speaker] = start
        if start >= sources_ct.shape[1]:
            break
    return Conversation(
        sources_ct=sources_ct, speakers=(speakers[0], speakers[1]), sample_rate_hz=sample_rate_hz
    )


def _gap_s(rng: random.Random) -> float:
    """Seconds of pause before a turn; negative when it begins while the other still speaks."""
    kind = rng.random()
    if kind < 0.4:
        return -rng.uniform(0.5, 4.0)
    return rng.uniform(*(SHORT_PAUSE_S if kind < 0.85 else LONG_PAUSE_S))


def _choose_speakers(rng: random.Random, clips: list[Clip], *, sexes: str) -> list[str]:
    seconds: dict[str, float] = {}
    gender = {clip.speaker_id: clip.gender for clip in clips}
    for clip in clips:
        seconds[clip.speaker_id] = seconds.get(clip.speaker_id, 0.0) + clip.duration_s
    chosen: list[str] = []
    for sex in sexes:
        fitting = sorted(
            speaker
            for speaker, total_s in seconds.items()
            if gender[speaker] == sex and total_s >= MINIMUM_CLIPS_S and speaker not in chosen
        )
        if not fitting:
            raise CannotRun(
                f"The corpus has no test speaker of sex {sex!r} with {MINIMUM_CLIPS_S:.0f} s of clips."
            )
        chosen.append(rng.choice(fitting))
    return chosen


def _voice(
    rng: random.Random, corpus: Path, clips: list[Clip], speaker: str, sample_rate_hz: int
) -> Iterator[Samples]:
    """The speaker's clips at one level, over and over."""
    own = [clip for clip in clips if clip.speaker_id == speaker]
    rng.shuffle(own)
    decoded = [read_samples(corpus / clip.path, sample_rate_hz=sample_rate_hz) for clip in own]
    return cycle([_at_level(samples_t) for samples_t in decoded])


def _at_level(samples_t: Samples) -> Samples:
    centred_t = samples_t - samples_t.mean()
    scaled_t: Samples = centred_t * np.float32(LEVEL / np.sqrt(np.square(centred_t).mean() + 1e-12))
    return scaled_t
