"""Takes of known people for the benchmark of voices: mixed from the corpus, separated by the shipped separator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from audio.files import read_audio
from audio.resample import resample
from audio.voice_prints import voice_features
from benchmarks.report import progress
from modeling.building import load_model
from modeling.bundles import shipped_bundle
from modeling.data.corpus import Clip, read_clips
from modeling.inference import separate

Samples = NDArray[np.float32]
Features = NDArray[np.float64]
LONGEST_TAKE_S = 8.0
LEVELS_DB = 3.0
MOST_TAKES_OF_SPEAKER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One separated signal: whose it is, in which take, and its features."""

    speaker_id: str
    source: str
    take: int
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one speaker says in one take; no clip is used twice."""

    speaker_id: str
    source: str
    clips: tuple[Clip, ...]


def parts_of(corpus: Path, *, splits: Sequence[str], rng: np.random.Generator) -> list[Part]:
    """Of each speaker up to four parts of up to 8 s, from clips that no other part uses."""
    clips_of: dict[str, list[Clip]] = defaultdict(list)
    for split in splits:
        for clip in read_clips(corpus, split=split):  # type: ignore[arg-type]
            clips_of[clip.speaker_id].append(clip)
    return [part for clips in clips_of.values() for part in _parts_of_speaker(clips, rng)]


def _parts_of_speaker(clips: list[Clip], rng: np.random.Generator) -> Iterator[Part]:
    order = [clips[index] for index in rng.permutation(len(clips))]
    size = max(1, min(3, len(order) // 2))
    groups = [order[start : start + size] for start in range(0, len(order) - size + 1, size)]
    for group in groups[:MOST_TAKES_OF_SPEAKER]:
        yield Part(speaker_id=group[0].speaker_id, source=group[0].source, clips=tuple(group))


def pairs_of(parts: Sequence[Part], rng: np.random.Generator) -> list[tuple[Part, Part]]:
    """Each part once, beside one of another speaker of the same source: the same kind of room and microphone."""
    pairs = []
    for source in sorted({part.source for part in parts}):
        waiting = [part for part in parts if part.source == source]
        waiting = [waiting[index] for index in rng.permutation(len(waiting))]
        while len(waiting) > 1:
            first = waiting.pop()
            other = next((part for part in waiting if part.speaker_id != first.speaker_id), None)
            if other is None:
                break
            waiting.remove(other)
            pairs.append((first, other))
    return pairs


class Separating:
    """The shipped separator, and the features of what it gives."""

    def __init__(self, corpus: Path, rng: np.random.Generator) -> None:
        torch.set_num_threads(1)
        self.bundle = shipped_bundle("separator")
        self.model = load_model(self.bundle, device=torch.device("cpu"))
        self.corpus, self.rng = corpus, rng

    def voices(self, pairs: Sequence[tuple[Part, Part]]) -> list[Voice]:
        found: list[Voice] = []
        for take, pair in enumerate(pairs):
            spoken = [self.speech(part) for part in pair]
            for owner, features in self.features_of(spoken):
                part = pair[owner]
                voice = Voice(speaker_id=part.speaker_id, source=part.source, take=take, features=features)
                found.append(voice)
            if take % 50 == 49:
                progress(f"{take + 1} of {len(pairs)} takes separated")
        return found

    def features_of(self, spoken: Sequence[Samples]) -> Iterator[tuple[int, Features]]:
        """Whose each separated signal is, by correlation with what was mixed, and its features."""
        stems = self.separated(np.sum(aligned(spoken), axis=0))
        likeness = np.abs(np.corrcoef(np.concatenate([stems, aligned(spoken, length=stems.shape[1])])))[
            :2, 2:
        ]
        owners = (0, 1) if likeness[0, 0] + likeness[1, 1] >= likeness[0, 1] + likeness[1, 0] else (1, 0)
        described = voice_features(list(stems), sample_rate_hz=self.bundle.sample_rate_hz)
        yield from ((who, what) for who, what in zip(owners, described, strict=True) if what is not None)

    def separated(self, mixture: Samples) -> Samples:
        mix_t = torch.from_numpy(mixture.astype(np.float32))
        separated = separate(self.model, mix_t, sample_rate_hz=self.bundle.sample_rate_hz)
        stems: Samples = separated.numpy()
        return stems

    def speech(self, part: Part) -> Samples:
        """Up to 8 s at the separator's rate, at a level within 3 dB of the others'."""
        clips = [self.clip(clip) for clip in part.clips]
        joined = np.concatenate(clips)[: int(LONGEST_TAKE_S * self.bundle.sample_rate_hz)]
        level = 0.05 * 10 ** (self.rng.uniform(-LEVELS_DB, LEVELS_DB) / 20)
        spoken: Samples = (joined * level / (np.sqrt(np.mean(joined**2)) + 1e-9)).astype(np.float32)
        return spoken

    def clip(self, clip: Clip) -> Samples:
        sound = read_audio(self.corpus / clip.path, max_duration_s=60)
        mono = np.asarray(sound.samples, dtype=np.float32)
        mono = mono.mean(axis=1) if mono.ndim > 1 else mono
        return resample(mono, from_hz=sound.sample_rate_hz, to_hz=self.bundle.sample_rate_hz)


def aligned(spoken: Sequence[Samples], *, length: int | None = None) -> Samples:
    length = length or max(map(len, spoken))
    return np.stack([np.pad(each[:length], (0, max(0, length - len(each)))) for each in spoken])
