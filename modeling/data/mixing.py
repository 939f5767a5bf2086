"""Dynamic mixing: an endless stream of new two-speaker mixtures, its position a small state that can be saved.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from modeling.data.bank import BankedClip
from modeling.data.rooms import RoomBank, reverberate
from modeling.errors import InputRefused
from modeling.runs.config import MixingConfig
from modeling.waveforms import Samples

SOURCE_WEIGHTS = {
    "so": 0.36,
    "libri": 0.30,
    "alffa": 0.10,
    "an4": 0.09,
    "pico": 0.08,
    "emodb": 0.05,
    "lj": 0.01,
    "vctk": 0.01,
}
"""How often a corpus is drawn: between its size and its number of speakers; unknown ones get 0.1."""

UNLABELLED_SPEAKERS = {"pico"}
"""Corpora whose speaker ids are groups: two of their clips may be one person and are never mixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureBatch:
    """Mixtures and the sources in them as the microphone hears them (with the room, without the noise)."""

    mix_bt: Tensor
    sources_bct: Tensor

    def to(self, device: torch.device) -> MixtureBatch:
        return MixtureBatch(mix_bt=self.mix_bt.to(device), sources_bct=self.sources_bct.to(device))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What real recordings add to voices."""

    noises: Sequence[Samples]
    rooms: RoomBank


class DynamicMixer:
    """Draws batches of crops: two different speakers, new levels, speeds, noise and rooms each time."""

    def __init__(
        self,
        clips: Sequence[BankedClip],
        *,
        surroundings: Surroundings,
        config: MixingConfig,
        sample_rate_hz: int,
        seed: int,
    ) -> None:
        self._config = config
        self._noises, self._rooms = surroundings.noises, surroundings.rooms
        self._crop = int(config.crop_s * sample_rate_hz)
        self._rng = np.random.default_rng(seed)
        self._speakers = _clips_by_source_and_speaker(clips)
        self._sources = sorted(self._speakers)
        weights = np.array([SOURCE_WEIGHTS.get(source, 0.1) for source in self._sources])
        self._source_weights = weights / weights.sum()
        _refuse_single_speaker(self._speakers)

    def state_dict(self) -> dict[str, Any]:
        """The position in the stream: the same state draws the same mixtures."""
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state

    def draw_batch(self, size: int) -> MixtureBatch:
        drawn = [self._draw_mixture() for _ in range(size)]
        return MixtureBatch(
            mix_bt=torch.from_numpy(np.stack([mix for mix, _ in drawn])),
            sources_bct=torch.from_numpy(np.stack([sources for _, sources in drawn])),
        )

    def _draw_mixture(self) -> tuple[Samples, Samples]:
        first, second = (self._draw_crop(speaker) for speaker in self._draw_speakers())
        half_sir_db = self._rng.uniform(-self._config.sir_range_db, self._config.sir_range_db) / 2
        first, second = first * _gain(half_sir_db), second * _gain(-half_sir_db)
        if self._rng.random() < self._config.reverberant_share:
            responses = self._rooms.draw_pair(self._rng)
            first, second = reverberate(first, responses[0]), reverberate(second, responses[1])
        sources = np.stack([first, second]).astype(np.float32)
        return self._with_noise(sources.sum(axis=0)), sources

    def _draw_speakers(self) -> tuple[list[BankedClip], list[BankedClip]]:
        source = self._draw_source()
        first = self._draw_speaker(source)
        while True:
            same = self._rng.random() < self._config.same_source_share and source not in UNLABELLED_SPEAKERS
            other = source if same and len(self._speakers[source]) > 1 else self._draw_source()
            second = self._draw_speaker(other)
            both_unlabelled = source in UNLABELLED_SPEAKERS and other in UNLABELLED_SPEAKERS
            if first[0].speaker_id != second[0].speaker_id and not both_unlabelled:
                return first, second

    def _draw_source(self) -> str:
        return self._sources[self._rng.choice(len(self._sources), p=self._source_weights)]

    def _draw_speaker(self, source: str) -> list[BankedClip]:
        # By the square root of the clips: many-clip speakers do not dominate, one-clip speakers do not wear out.
        speakers = self._speakers[source]
        weights = np.sqrt([len(clips) for clips in speakers])
        return speakers[self._rng.choice(len(speakers), p=weights / weights.sum())]

    def _draw_crop(self, clips: list[BankedClip]) -> Samples:
        clip = clips[self._rng.integers(len(clips))]
        speeds = self._config.speeds_percent
        samples = clip.samples(speeds[self._rng.integers(len(speeds))])
        spare = len(samples) - self._crop
        if spare >= 0:
            start = int(self._rng.integers(spare + 1))
            return samples[start : start + self._crop]
        crop = np.zeros(self._crop, dtype=np.float32)
        start = int(self._rng.integers(-spare + 1))
        crop[start : start + len(samples)] = samples
        return crop

    def _with_noise(self, mix: Samples) -> Samples:
        if not self._noises or self._rng.random() >= self._config.noisy_share:
            return mix
        noise = self._noises[int(self._rng.integers(len(self._noises)))]
        noise = np.roll(np.resize(noise, len(mix)), int(self._rng.integers(len(mix))))
        snr_db = self._rng.uniform(self._config.snr_low_db, self._config.snr_high_db)
        scale = np.sqrt(np.square(mix).mean() / (np.square(noise).mean() + 1e-12)) * _gain(-snr_db)
        noisy: Samples = (mix + noise * np.float32(scale)).astype(np.float32)
        return noisy


def _gain(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))


def _clips_by_source_and_speaker(clips: Sequence[BankedClip]) -> dict[str, list[list[BankedClip]]]:
    speakers: dict[str, dict[str, list[BankedClip]]] = {}
    for clip in clips:
        if clip.gain > 0:
            speakers.setdefault(clip.source, {}).setdefault(clip.speaker_id, []).append(clip)
    return {source: [group[name] for name in sorted(group)] for source, group in speakers.items()}


def _refuse_single_speaker(speakers: dict[str, list[list[BankedClip]]]) -> None:
    labelled = sum(len(group) for source, group in speakers.items() if source not in UNLABELLED_SPEAKERS)
    if labelled < 1 or sum(len(group) for group in speakers.values()) < 2:
        raise InputRefused("The corpus has too few speakers to mix: at least two, known apart, are needed.")
