"""Rooms: impulse responses from several mouths to one microphone, and what is heard of a voice in them.

Shape suffixes: c sources, t samples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from modeling.data.corpus import RoomResponse
from modeling.waveforms import Samples

SIMULATED_SHARE = 0.6
DIRECT_S = 0.0025
"""A measured direct sound lasts so long: loudspeaker and microphone are in it."""
EARLY_S = 0.050


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One mouth in a room: an impulse response that starts with the direct sound."""

    response: Samples
    direct_samples: int
    early_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Voices `(c, t)` in the three conventions: with the whole room, with its first 50 ms, directly."""

    reverberant_ct: Samples
    early_ct: Samples
    dry_ct: Samples

    @classmethod
    def without_room(cls, voices_ct: Samples) -> Heard:
        return cls(reverberant_ct=voices_ct, early_ct=voices_ct, dry_ct=voices_ct)

    @property
    def has_room(self) -> bool:
        return self.early_ct is not self.reverberant_ct

    def times(self, gain: Samples | np.float32) -> Heard:
        """The same gain, constant, for each voice or over time, on every convention."""
        if not self.has_room:
            return Heard.without_room(self.reverberant_ct * gain)
        return Heard(
            reverberant_ct=self.reverberant_ct * gain,
            early_ct=self.early_ct * gain,
            dry_ct=self.dry_ct * gain,
        )


class RoomBank:
    """Draws positions in one room, measured or simulated."""

    def __init__(
        self,
        responses: Sequence[tuple[RoomResponse, Samples]],
        *,
        sample_rate_hz: int,
        simulated: Sequence[Sequence[Samples]] = (),
    ) -> None:
        self._sample_rate_hz = sample_rate_hz
        by_room: dict[str, list[Position]] = defaultdict(list)
        for response, samples in responses:
            by_room[response.room].append(measured_position(samples, sample_rate_hz=sample_rate_hz))
        self._rooms = [by_room[room] for room in sorted(by_room)]
        self._simulated_rooms = [
            [simulated_position(each, sample_rate_hz=sample_rate_hz) for each in room] for room in simulated
        ]

    def draw(self, rng: np.random.Generator, count: int) -> list[Position]:
        """`count` positions in one room; where fewer are known, some are taken twice."""
        if self._rooms and rng.random() >= SIMULATED_SHARE:
            return _some(rng, self._rooms[rng.integers(len(self._rooms))], count)
        if self._simulated_rooms:
            return _some(rng, self._simulated_rooms[rng.integers(len(self._simulated_rooms))], count)
        return self._crude_room(rng, count)

    def _crude_room(self, rng: np.random.Generator, count: int) -> list[Position]:
        # A direct path and a tail of noise that decays by 60 dB in T60: crude beside an image model, but it
        # smears time as a small room does.
        t60_s = rng.uniform(0.15, 0.6)
        return [self._crude(rng, t60_s) for _ in range(count)]

    def _crude(self, rng: np.random.Generator, t60_s: float) -> Position:
        time_s = np.arange(int(t60_s * self._sample_rate_hz)) / self._sample_rate_hz
        tail = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / t60_s)
        tail[: int(0.002 * self._sample_rate_hz)] = 0.0
        direct_to_reverberant_db = rng.uniform(-3.0, 10.0)
        tail *= 10 ** (-direct_to_reverberant_db / 20) / np.sqrt(np.square(tail).sum() + 1e-12)
        tail[0] = 1.0
        return simulated_position(tail.astype(np.float32), sample_rate_hz=self._sample_rate_hz)


def simulated_position(response: Samples, *, sample_rate_hz: int) -> Position:
    """A response whose direct sound is its first sample."""
    return Position(response=response, direct_samples=1, early_samples=int(EARLY_S * sample_rate_hz))


def measured_position(response: Samples, *, sample_rate_hz: int) -> Position:
    """A recorded response: from its peak on, at unit energy."""
    start = int(np.abs(response).argmax())
    unit_energy = response[start:] / np.sqrt(np.square(response).sum() + 1e-12)
    return Position(
        response=unit_energy.astype(np.float32),
        direct_samples=max(1, int(DIRECT_S * sample_rate_hz)),
        early_samples=int(EARLY_S * sample_rate_hz),
    )


def hear(
    voices_ct: Samples, positions: Sequence[Position], *, colours: Sequence[Samples] | None = None
) -> Heard:
    """Put each voice at its position; lengths are kept and direct sounds stay where the dry ones were.

    `colours` are impulse responses, one for each voice, that all three conventions pass through as well.
    """
    longest = max(len(position.response) for position in positions)
    filters = np.zeros((3, len(positions), longest), dtype=np.float32)
    for index, position in enumerate(positions):
        for convention, length in enumerate(
            (len(position.response), position.early_samples, position.direct_samples)
        ):
            kept = position.response[:length]
            filters[convention, index, : len(kept)] = kept
    heard = _convolved(voices_ct, filters, colours=colours)
    return Heard(reverberant_ct=heard[0], early_ct=heard[1], dry_ct=heard[2])


def _convolved(voices_ct: Samples, filters: Samples, *, colours: Sequence[Samples] | None) -> Samples:
    """Convolve `(c, t)` with filters `(k, c, taps)` and colours in one pass; keeps the length t."""
    samples = voices_ct.shape[-1]
    taps = filters.shape[-1] - 1 + (max(len(colour) for colour in colours) - 1 if colours else 0)
    length = fft.next_fast_len(samples + taps, real=True)
    voices_cf = fft.rfft(voices_ct, length)
    if colours is not None:
        voices_cf *= np.stack([fft.rfft(colour, length) for colour in colours])
    kept: Samples = fft.irfft(voices_cf * fft.rfft(filters, length), length)[..., :samples]
    return kept.astype(np.float32, copy=False)


def _some(rng: np.random.Generator, positions: Sequence[Position], count: int) -> list[Position]:
    chosen = rng.choice(len(positions), size=count, replace=len(positions) < count)
    return [positions[index] for index in chosen]
