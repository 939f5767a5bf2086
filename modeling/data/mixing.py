"""Dynamic mixing: an endless stream of new mixtures of two to five speakers, its position a small state.

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
from modeling.data.batches import MixtureBatch
from modeling.data.mixing_config import MixingConfig
from modeling.data.rooms import Heard, RoomBank, hear
from modeling.errors import InputRefused
from modeling.waveforms import Samples

__all__ = ["DynamicMixer", "MixtureBatch", "Surroundings"]

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

SPEECH_POWER = 10 ** (-25 / 10)
SOFTEST_POWER = 10 ** (-40 / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What real recordings add to voices."""

    noises: Sequence[Samples]
    rooms: RoomBank


class DynamicMixer:
    """Draws batches of crops: different speakers, new levels, speeds, noise and rooms each time."""

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
        _refuse_few_speakers(self._speakers, wanted=config.num_sources)

    def state_dict(self) -> dict[str, Any]:
        """The position in the stream: the same state draws the same mixtures."""
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state

    def draw_batch(self, size: int) -> MixtureBatch:
        drawn = [self._draw_mixture() for _ in range(size)]
        sources_bct = _stacked([heard.reverberant_ct for heard, _ in drawn])
        has_room = any(heard.early_ct is not heard.reverberant_ct for heard, _ in drawn)
        noise_bt = _stacked([noise for _, noise in drawn])
        return MixtureBatch(
            mix_bt=sources_bct.sum(dim=1) + noise_bt,
            sources_bct=sources_bct,
            early_bct=_stacked([heard.early_ct for heard, _ in drawn]) if has_room else sources_bct,
            dry_bct=_stacked([heard.dry_ct for heard, _ in drawn]) if has_room else sources_bct,
            noise_bt=noise_bt,
        )

    def _draw_mixture(self) -> tuple[Heard, Samples]:
        voices_ct = np.stack([self._draw_crop(speaker) for speaker in self._draw_speakers()])
        heard = Heard(reverberant_ct=voices_ct, early_ct=voices_ct, dry_ct=voices_ct)
        if self._rng.random() < self._config.reverberant_share:
            heard = hear(voices_ct, self._rooms.draw(self._rng, len(voices_ct)))
        heard = _scaled(heard, self._draw_gains(heard.reverberant_ct))
        return heard, self._draw_noise(heard.reverberant_ct.sum(axis=0))

    def _draw_gains(self, voices_ct: Samples) -> Samples:
        """Gains that put every voice within the range of levels around the first one."""
        below_first_db = self._rng.uniform(
            -self._config.sir_range_db, self._config.sir_range_db, len(voices_ct)
        )
        below_first_db[0] = 0.0
        below_first_db -= below_first_db.mean()
        # A crop that is mostly a pause is not raised until its noise is as loud as speech.
        power_c = np.maximum(np.square(voices_ct).mean(axis=1), SOFTEST_POWER)
        gains: Samples = (10 ** (-below_first_db / 20) * np.sqrt(SPEECH_POWER / power_c)).astype(np.float32)
        return gains

    def _draw_speakers(self) -> list[list[BankedClip]]:
        wanted = self._config.num_sources
        source = self._draw_source()
        within_one = self._rng.random() < self._config.same_source_share and self._has(source, wanted)
        chosen = [self._draw_speaker(source)]
        while len(chosen) < wanted:
            other = self._draw_speaker(source if within_one else self._draw_source())
            if all(_are_known_apart(other[0], each[0]) for each in chosen):
                chosen.append(other)
        return chosen

    def _has(self, source: str, speakers: int) -> bool:
        return source not in UNLABELLED_SPEAKERS and len(self._speakers[source]) >= speakers

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

    def _draw_noise(self, speech_t: Samples) -> Samples:
        if not self._noises or self._rng.random() >= self._config.noisy_share:
            return np.zeros_like(speech_t)
        noise = self._noises[int(self._rng.integers(len(self._noises)))]
        noise = np.roll(np.resize(noise, len(speech_t)), int(self._rng.integers(len(speech_t))))
        snr_db = self._rng.uniform(self._config.snr_low_db, self._config.snr_high_db)
        scale = np.sqrt(np.square(speech_t).mean() / (np.square(noise).mean() + 1e-12)) * _gain(-snr_db)
        scaled: Samples = noise * np.float32(scale)
        return scaled


def _are_known_apart(first: BankedClip, second: BankedClip) -> bool:
    both_unlabelled = first.source in UNLABELLED_SPEAKERS and second.source in UNLABELLED_SPEAKERS
    return first.speaker_id != second.speaker_id and not both_unlabelled


def _scaled(heard: Heard, gains_c: Samples) -> Heard:
    reverberant_ct = heard.reverberant_ct * gains_c[:, None]
    if heard.early_ct is heard.reverberant_ct:
        return Heard(reverberant_ct=reverberant_ct, early_ct=reverberant_ct, dry_ct=reverberant_ct)
    return Heard(
        reverberant_ct=reverberant_ct,
        early_ct=heard.early_ct * gains_c[:, None],
        dry_ct=heard.dry_ct * gains_c[:, None],
    )


def _stacked(signals: list[Samples]) -> Tensor:
    return torch.from_numpy(np.stack(signals).astype(np.float32, copy=False))


def _gain(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))


def _clips_by_source_and_speaker(clips: Sequence[BankedClip]) -> dict[str, list[list[BankedClip]]]:
    speakers: dict[str, dict[str, list[BankedClip]]] = {}
    for clip in clips:
        if clip.gain > 0:
            speakers.setdefault(clip.source, {}).setdefault(clip.speaker_id, []).append(clip)
    return {source: [group[name] for name in sorted(group)] for source, group in speakers.items()}


def _refuse_few_speakers(speakers: dict[str, list[list[BankedClip]]], *, wanted: int) -> None:
    labelled = sum(len(group) for source, group in speakers.items() if source not in UNLABELLED_SPEAKERS)
    known_apart = labelled + any(source in UNLABELLED_SPEAKERS for source in speakers)
    if known_apart < wanted:
        raise InputRefused(
            f"The corpus has too few speakers to mix: at least {wanted}, known apart, are needed, "
            f"and it has {known_apart}."
        )
