"""Rooms for training: measured impulse responses, and simulated ones since few small rooms were measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.signal import fftconvolve

from modeling.data.corpus import RoomResponse
from modeling.waveforms import Samples

SIMULATED_SHARE = 0.6


class RoomBank:
    """Draws two positions in one room, as two impulse responses."""

    def __init__(self, responses: Sequence[tuple[RoomResponse, Samples]], *, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        by_room: dict[str, list[Samples]] = defaultdict(list)
        for response, samples in responses:
            by_room[response.room].append(_from_direct_path(samples))
        self._rooms = [by_room[room] for room in sorted(by_room)]

    def draw_pair(self, rng: np.random.Generator) -> tuple[Samples, Samples]:
        if not self._rooms or rng.random() < SIMULATED_SHARE:
            return self._simulated_pair(rng)
        positions = self._rooms[rng.integers(len(self._rooms))]
        first, second = rng.permutation(len(positions))[:2] if len(positions) > 1 else (0, 0)
        return positions[first], positions[second]

    def _simulated_pair(self, rng: np.random.Generator) -> tuple[Samples, Samples]:
        # A direct path and a tail of noise that decays by 60 dB in T60: crude beside an image model, but it
        # smears time as a small room does.
        t60_s = rng.uniform(0.15, 0.6)
        return self._simulated(rng, t60_s), self._simulated(rng, t60_s)

    def _simulated(self, rng: np.random.Generator, t60_s: float) -> Samples:
        time_s = np.arange(int(t60_s * self._sample_rate_hz)) / self._sample_rate_hz
        tail = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / t60_s)
        tail[: int(0.002 * self._sample_rate_hz)] = 0.0
        direct_to_reverberant_db = rng.uniform(-3.0, 10.0)
        tail *= 10 ** (-direct_to_reverberant_db / 20) / np.sqrt(np.square(tail).sum() + 1e-12)
        tail[0] = 1.0
        response: Samples = tail.astype(np.float32)
        return response


def reverberate(dry: Samples, response: Samples) -> Samples:
    """Convolve and keep the length; the direct path stays where the dry sound was."""
    wet: Samples = fftconvolve(dry, response)[: len(dry)].astype(np.float32)
    return wet


def _from_direct_path(response: Samples) -> Samples:
    start = int(np.abs(response).argmax())
    unit_energy: Samples = response[start:] / np.sqrt(np.square(response).sum() + 1e-12)
    return unit_energy
