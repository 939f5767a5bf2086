"""Dynamic mixing: an endless stream of new mixtures of two to five speakers, its position a small state.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from scipy import signal
from torch import Tensor

from modeling.acoustics import loudness_lufs
from modeling.data.bank import BankedClip
from modeling.data.batches import MixtureBatch
from modeling.data.casting import Casting
from modeling.data.crops import draw_voices
from modeling.data.devices import (
    Device,
    Sections,
    draw_device,
    draw_equaliser,
    filtered,
    impulse_response,
)
from modeling.data.levels import gain_to, noise_gain, peak_gain, voice_gains
from modeling.data.mixing_config import MixingConfig
from modeling.data.rooms import Heard, RoomBank, hear
from modeling.waveforms import Samples

__all__ = ["DynamicMixer", "MixtureBatch", "MixtureStream", "Surroundings"]

NO_DEVICE = Device()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What real recordings add to voices."""

    noises: Sequence[Samples]
    rooms: RoomBank


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """One drawn mixture: what is heard of each voice `(c, t)`, and everything else `(t)`."""

    heard: Heard
    noise_t: Samples


class MixtureStream(Protocol):
    """Batches without end, and a position that can be saved."""

    def draw_batch(self, size: int) -> MixtureBatch: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class DynamicMixer:
    """Draws batches of crops: different speakers, new levels, speeds, noise, rooms and devices each time."""

    def __init__(
        self,
        clips: Sequence[BankedClip] | None,
        *,
        surroundings: Surroundings,
        config: MixingConfig,
        sample_rate_hz: int,
        seed: int,
    ) -> None:
        self._config, self._sample_rate_hz = config, sample_rate_hz
        self._noises, self._rooms = surroundings.noises, surroundings.rooms
        self._noise_lufs = _loudness(surroundings.noises, config=config, sample_rate_hz=sample_rate_hz)
        self._samples = int(config.crop_s * sample_rate_hz)
        self._rng = np.random.default_rng(seed)
        if clips is not None:
            self.recast(clips)

    def recast(self, clips: Sequence[BankedClip]) -> None:
        """Draw from other clips from now on."""
        self._casting = Casting(clips, config=self._config)

    def state_dict(self) -> dict[str, Any]:
        """The position in the stream: the same state draws the same mixtures."""
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state

    def draw_batch(self, size: int) -> MixtureBatch:
        """The next `size` mixtures, `(size, samples)`, padded to the longest where clips are whole."""
        drawn = [self._draw_mixture() for _ in range(size)]
        lengths = [len(each.noise_t) for each in drawn]
        sources_bct = _stacked([each.heard.reverberant_ct for each in drawn])
        has_room = any(each.heard.has_room for each in drawn)
        noise_bt = _stacked([each.noise_t for each in drawn])
        return MixtureBatch(
            mix_bt=sources_bct.sum(dim=1) + noise_bt,
            sources_bct=sources_bct,
            early_bct=_stacked([each.heard.early_ct for each in drawn]) if has_room else sources_bct,
            dry_bct=_stacked([each.heard.dry_ct for each in drawn]) if has_room else sources_bct,
            noise_bt=noise_bt,
            lengths_b=torch.tensor(lengths) if self._config.whole_clips else None,
        )

    def _draw_mixture(self) -> Mixture:
        rng, config = self._rng, self._config
        cast = self._casting.draw(rng)
        voices_ct, _ = draw_voices(rng, cast, config=config, samples=self._samples)
        device = self._draw_device()
        heard = self._draw_heard(voices_ct, device)
        heard = heard.times(voice_gains(rng, heard.reverberant_ct, config=config)[:, None])
        noise_t = self._draw_noise(heard.reverberant_ct, device)
        return self._recorded(Mixture(heard=heard, noise_t=noise_t), device)

    def _draw_device(self) -> Device:
        if self._rng.random() >= self._config.device_share:
            return NO_DEVICE
        return draw_device(self._rng, config=self._config, sample_rate_hz=self._sample_rate_hz)

    def _draw_heard(self, voices_ct: Samples, device: Device) -> Heard:
        """The voices through their equalisers, the room and the band of the device, at once."""
        equalisers: list[Sections | None] = [None] * len(voices_ct)
        if self._rng.random() < self._config.equaliser_share:
            equalisers = [draw_equaliser(self._rng, sample_rate_hz=self._sample_rate_hz) for _ in voices_ct]
        chains = [[each, device.band] for each in equalisers]
        is_coloured = device.band is not None or equalisers[0] is not None
        if self._rng.random() < self._config.reverberant_share:
            positions = self._rooms.draw(self._rng, len(voices_ct))
            rate_hz = self._sample_rate_hz
            colours = [impulse_response(chain, sample_rate_hz=rate_hz) for chain in chains]
            return hear(voices_ct, positions, colours=colours if is_coloured else None)
        if is_coloured:
            voices_ct = np.stack(
                [
                    filtered(filtered(voice_t, equaliser), device.band)
                    for voice_t, equaliser in zip(voices_ct, equalisers, strict=True)
                ]
            )
        return Heard.without_room(voices_ct)

    def _draw_noise(self, voices_ct: Samples, device: Device) -> Samples:
        """Noise of the surroundings and the hiss under everything, each in its share of mixtures."""
        rng, config = self._rng, self._config
        noise_t = np.zeros(voices_ct.shape[-1], dtype=np.float32)
        if self._noises and rng.random() < config.noisy_share:
            index = int(rng.integers(len(self._noises)))
            drawn_t = filtered(self._cut_noise(index, len(noise_t)), device.band)
            gain = noise_gain(
                rng, drawn_t, voices_ct=voices_ct, noise_lufs=self._noise_lufs[index], config=config
            )
            noise_t = drawn_t * gain
        if rng.random() < config.noise_floor_share:
            hiss_t = filtered(_hiss(rng, len(noise_t)), device.band)
            below_db = -rng.uniform(config.noise_floor_low_db, config.noise_floor_high_db)
            noise_t = noise_t + hiss_t * gain_to(hiss_t, beneath=voices_ct.sum(axis=0), ratio_db=below_db)
        return noise_t

    def _cut_noise(self, index: int, samples: int) -> Samples:
        noise = self._noises[index]
        spare = len(noise) - samples
        if spare >= 0:
            start = int(self._rng.integers(spare + 1))
            return noise[start : start + samples]
        shift = int(self._rng.integers(samples))
        return np.roll(np.resize(noise, samples), shift)

    def _recorded(self, mixture: Mixture, device: Device) -> Mixture:
        """Through the device: what is linear acts on voices and noise alike, clipping adds to the noise."""
        heard, noise_t = mixture.heard, mixture.noise_t
        mix_t = heard.reverberant_ct.sum(axis=0) + noise_t
        gain = peak_gain(mix_t, config=self._config)
        distortion_t = device.distortion(mix_t)
        if distortion_t is not None:
            noise_t = noise_t + distortion_t
        envelope_t = device.envelope(mix_t, sample_rate_hz=self._sample_rate_hz)
        if envelope_t is None:
            return Mixture(heard=heard if gain == 1.0 else heard.times(gain), noise_t=noise_t * gain)
        return Mixture(heard=heard.times(envelope_t * gain), noise_t=noise_t * (envelope_t * gain))


def _hiss(rng: np.random.Generator, samples: int) -> Samples:
    """Noise between white and the sound of a fan."""
    white = rng.standard_normal(samples, dtype=np.float32)
    pole = np.float32(rng.uniform(0.0, 0.95))
    coloured: Samples = signal.lfilter(
        np.ones(1, dtype=np.float32), np.array([1.0, -pole], dtype=np.float32), white
    )
    return coloured


def _loudness(noises: Sequence[Samples], *, config: MixingConfig, sample_rate_hz: int) -> list[float]:
    if config.level_rule != "librimix":
        return [0.0] * len(noises)
    return [
        max(-70.0, loudness_lufs(torch.from_numpy(noise), sample_rate_hz=sample_rate_hz)) for noise in noises
    ]


def _stacked(signals: list[Samples]) -> Tensor:
    """One batch, shorter signals padded with silence at their end."""
    longest = max(signal_t.shape[-1] for signal_t in signals)
    stacked = np.zeros((len(signals), *signals[0].shape[:-1], longest), dtype=np.float32)
    for row, signal_t in zip(stacked, signals, strict=True):
        row[..., : signal_t.shape[-1]] = signal_t
    return torch.from_numpy(stacked)
