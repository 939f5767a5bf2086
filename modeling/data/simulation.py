"""Shoebox rooms by the image method: one microphone, several mouths, a reverberation time that is checked.

Needs pyroomacoustics (requirements-training.txt). Mouths stand at a whole number of 8 kHz samples from the
microphone, so that the direct sound is one sample and the dry reference exactly the voice. Images are shifted
by a few centimetres at random, which breaks the sweeping echoes of a perfect box; walls absorb all frequencies
alike. After 0.2 s, when a room of this size is long diffuse, the decay goes on as noise of the same slope: the
image method alone would take millions of images there. A source and an omnidirectional microphone may change
places: one simulation serves all mouths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.errors import InputRefused
from modeling.waveforms import Samples

SOUND_M_PER_S = 343.0
T60_RANGE_S = (0.15, 0.8)
SMALLEST_ROOM_M = (2.5, 2.2, 2.3)
LARGEST_ROOM_M = (8.0, 6.0, 3.5)
NEAREST_M, FARTHEST_M = 0.3, 2.5
WALL_MARGIN_M = 0.35
LARGEST_SHIFT_M = 0.06
RATES_HZ = (8000, 16000)
OUTLASTS_DESIGN = 1.5
"""A box of even walls reverberates about so much longer than Eyring's formula says."""
IMAGES_S = 0.2
LONGEST_S = 1.2
FRAME_S = 0.01
FILTER_DELAY_SAMPLES = 40
"""Half of the fractional delay filter: pyroomacoustics starts every response so late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRoom:
    """One room: what was drawn, the reverberation time measured in the result, responses per rate."""

    size_m: tuple[float, ...]
    absorption: tuple[float, ...]
    microphone_m: tuple[float, ...]
    mouths_m: tuple[tuple[float, ...], ...]
    t60_s: float
    responses: dict[int, list[Samples]]
    """By sample rate; each starts with the direct sound, whose height is 1."""


def simulate_room(*, seed: int, number: int, positions: int) -> SimulatedRoom:
    """Room `number` of the family `seed`: the same on every machine, whatever was simulated before."""
    rng = np.random.default_rng([seed, number])
    while True:
        room = _draw_room(rng, positions)
        if T60_RANGE_S[0] <= room.t60_s <= T60_RANGE_S[1]:
            return room


def reverberation_time_s(response: Samples, *, sample_rate_hz: int) -> float:
    """T60 from the decay between -5 and -25 dB of the backward integrated energy (ISO 3382, T20)."""
    left = np.cumsum(np.square(response[::-1], dtype=np.float64))[::-1]
    left_db = 10 * np.log10(left / left[0] + 1e-12)
    start, end = int(np.argmax(left_db <= -5.0)), int(np.argmax(left_db <= -25.0))
    if end <= start:
        return 0.0
    slope_db_per_sample, _ = np.polyfit(np.arange(start, end), left_db[start:end], 1)
    return float(-60.0 / slope_db_per_sample / sample_rate_hz)


def _draw_room(rng: np.random.Generator, positions: int) -> SimulatedRoom:
    size_m = rng.uniform(SMALLEST_ROOM_M, LARGEST_ROOM_M)
    target_s = rng.uniform(*T60_RANGE_S)
    unevenness = rng.uniform(0.5, 1.5, 6)
    microphone_m = rng.uniform(WALL_MARGIN_M, size_m - WALL_MARGIN_M)
    mouths_m = np.stack([_draw_mouth(rng, size_m, microphone_m) for _ in range(positions)], axis=1)
    absorption = _absorption(size_m, target_s / OUTLASTS_DESIGN, unevenness)
    responses = _image_method(
        rng,
        walls=(size_m, absorption),
        places=(microphone_m, mouths_m),
        reach_s=min(1.2 * target_s, IMAGES_S),
    )
    if 1.2 * target_s > IMAGES_S:
        responses = {
            rate_hz: [_with_diffuse_tail(rng, each, sample_rate_hz=rate_hz) for each in of_rate]
            for rate_hz, of_rate in responses.items()
        }
    t60_s = float(np.median([reverberation_time_s(each, sample_rate_hz=16000) for each in responses[16000]]))
    return SimulatedRoom(
        size_m=_rounded(size_m),
        absorption=_rounded(absorption),
        microphone_m=_rounded(microphone_m),
        mouths_m=tuple(_rounded(mouth) for mouth in mouths_m.T),
        t60_s=round(t60_s, 3),
        responses={rate_hz: [_faded(each) for each in of_rate] for rate_hz, of_rate in responses.items()},
    )


def _draw_mouth(
    rng: np.random.Generator, size_m: NDArray[np.float64], microphone_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A place inside the room, any distance alike, at a whole number of 8 kHz samples from the microphone."""
    step_m = SOUND_M_PER_S / RATES_HZ[0]
    while True:
        distance_m = round(rng.uniform(NEAREST_M, FARTHEST_M) / step_m) * step_m
        direction = rng.standard_normal(3)
        mouth_m: NDArray[np.float64] = microphone_m + direction * (distance_m / np.linalg.norm(direction))
        if np.all(mouth_m > WALL_MARGIN_M) and np.all(mouth_m < size_m - WALL_MARGIN_M):
            return mouth_m


def _absorption(
    size_m: NDArray[np.float64], design_s: float, unevenness: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Energy absorption of west, east, south, north, floor and ceiling, by Eyring's formula on average."""
    areas = np.repeat([size_m[1] * size_m[2], size_m[0] * size_m[2], size_m[0] * size_m[1]], 2)
    exponent = 24 * np.log(10) * size_m.prod() / (SOUND_M_PER_S * areas.sum() * design_s)
    mean = 1 - np.exp(-exponent)
    uneven = mean * unevenness / (np.average(unevenness, weights=areas))
    clipped: NDArray[np.float64] = np.clip(uneven, 0.02, 0.97)
    return clipped


def _image_method(
    rng: np.random.Generator,
    *,
    walls: tuple[NDArray[np.float64], NDArray[np.float64]],
    places: tuple[NDArray[np.float64], NDArray[np.float64]],
    reach_s: float,
) -> dict[int, list[Samples]]:
    acoustics = _pyroomacoustics()
    size_m, absorption = walls
    microphone_m, mouths_m = places
    names = ("west", "east", "south", "north", "floor", "ceiling")
    room = acoustics.ShoeBox(
        size_m,
        fs=RATES_HZ[0],
        materials={name: acoustics.Material(float(a)) for name, a in zip(names, absorption, strict=True)},
        # Along a diagonal, an image is reached through the walls of all three axes.
        max_order=int(np.ceil(np.sqrt(3.0) * SOUND_M_PER_S * reach_s / size_m.min())),
    )
    room.add_source(microphone_m)
    room.add_microphone_array(mouths_m)
    room.image_source_model()
    _keep_and_shift_images(rng, room, reach_m=SOUND_M_PER_S * reach_s)
    responses = {}
    for rate_hz in RATES_HZ:
        room.fs = rate_hz
        room.compute_rir()
        distances_m = np.linalg.norm(mouths_m - microphone_m[:, None], axis=0)
        responses[rate_hz] = [
            _from_direct(of_mouth[0], delay=round(distance_m / SOUND_M_PER_S * rate_hz))
            for of_mouth, distance_m in zip(room.rir, distances_m, strict=True)
        ]
    return responses


def _keep_and_shift_images(rng: np.random.Generator, room: Any, *, reach_m: float) -> None:
    """Drop images that sound too late to matter; shift all but the source itself."""
    source = room.sources[0]
    near = np.linalg.norm(source.images - source.position[:, None], axis=0) < reach_m
    source.images, source.orders = source.images[:, near], source.orders[near]
    source.damping, source.directions = source.damping[:, near], source.directions[:, :, near]
    room.visibility[0] = room.visibility[0][:, near]
    shift_m = rng.uniform(-LARGEST_SHIFT_M, LARGEST_SHIFT_M, source.images.shape)
    source.images = source.images + shift_m * (source.orders > 0)


def _from_direct(response: NDArray[np.float64], *, delay: int) -> Samples:
    start = FILTER_DELAY_SAMPLES + delay
    from_direct: Samples = (response[start:] / response[start]).astype(np.float32)
    return from_direct


def _with_diffuse_tail(rng: np.random.Generator, response: Samples, *, sample_rate_hz: int) -> Samples:
    """Go on from where the images end with noise that decays as the last 150 ms of them do."""
    frame = int(FRAME_S * sample_rate_hz)
    # Images a few metres behind the last are missing at the farther mouths: leave out the ragged end.
    frames = int((IMAGES_S - FARTHEST_M / SOUND_M_PER_S) / FRAME_S)
    energy = np.square(response[: frames * frame], dtype=np.float64).reshape(frames, frame).mean(axis=1)
    used = np.arange(5, frames)
    slope_db, level_db = np.polyfit(used, 10 * np.log10(energy[used] + 1e-12), 1)
    total = int(LONGEST_S * sample_rate_hz)
    at_frame = np.arange(frames * frame, total) / frame - 0.5
    amplitude = 10 ** ((level_db + min(slope_db, -0.5) * at_frame) / 20)
    tail = rng.standard_normal(len(at_frame)) * amplitude
    return np.concatenate([response[: frames * frame], tail.astype(np.float32)])


def _faded(response: Samples) -> Samples:
    """Cut where less than a millionth of the energy is left, with a short fade."""
    left = np.cumsum(np.square(response[::-1], dtype=np.float64))[::-1]
    length = max(64, int(np.argmax(left < 1e-6 * left[0])) or len(response))
    cut = response[:length].copy()
    cut[-32:] *= np.linspace(1.0, 0.0, 32, dtype=np.float32)
    return cut


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _pyroomacoustics() -> Any:
    try:
        import pyroomacoustics
    except ImportError:
        raise InputRefused(
            "Simulating rooms needs pyroomacoustics: pip install -r requirements-training.txt. "
            "Without it, training uses measured rooms and plain decaying noise."
        ) from None
    constants = pyroomacoustics.constants
    constants.set("c", SOUND_M_PER_S)
    constants.set("rir_hpf_enable", False)
    constants.set("num_threads", 1)
    return pyroomacoustics
