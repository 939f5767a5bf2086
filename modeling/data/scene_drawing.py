"""Drawing the fixed test sets once: who, how loud, in which noise and room; all from one seed.

Speakers are different people, 70 % of mixtures stay within one corpus and half of those whose sexes are known
within one sex. All clips are cut to the shortest one's length, at most 8 s, so that they overlap fully; voices
lie within +-5 dB of the first; SNR is uniform from 0 to 20 dB; lossless clips, noises and rooms of the split only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from modeling.data.corpus import Clip, RoomResponse, Split, read_clips, read_noises, read_rooms
from modeling.data.room_shards import read_rooms_folder
from modeling.data.scenes import (
    TEST_ROOMS,
    FixedNoise,
    FixedRoom,
    FixedScene,
    FixedVoice,
    read_at,
    reference_snr_db,
)
from modeling.data.simulation import reverberation_time_s
from modeling.errors import InputRefused
from modeling.waveforms import read_mono

SAME_SOURCE_SHARE = 0.7
SAME_SEX_SHARE = 0.5
SIR_RANGE_DB = 5.0
SNR_RANGE_DB = (0.0, 20.0)
LONGEST_S = 8.0
MEASURED_ROOM_SHARE = 0.25
LONGEST_T60_S = 1.0
RATE_HZ = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneKind:
    """What distinguishes one fixed set from another."""

    speakers: int = 2
    is_noisy: bool = False
    is_reverberant: bool = False


SCENE_KINDS: dict[str, SceneKind] = {
    "noisy": SceneKind(is_noisy=True),
    "reverberant": SceneKind(is_reverberant=True),
    "noisy_reverberant": SceneKind(is_noisy=True, is_reverberant=True),
    "clean_3": SceneKind(speakers=3),
}


def draw_scenes(
    corpus: Path, *, kind: SceneKind, count: int, seed: int, split: Split = "test"
) -> list[FixedScene]:
    """Draw a set; the same corpus and seed give the same set on every machine (Python's own generator)."""
    rng = random.Random(seed)
    clips = sorted(
        (clip for clip in read_clips(corpus, split=split) if clip.is_lossless),
        key=lambda clip: clip.path.as_posix(),
    )
    if len({clip.speaker_id for clip in clips}) < kind.speakers:
        raise InputRefused(
            f"A fixed set needs lossless clips (FLAC or WAV) of at least {kind.speakers} speakers."
        )
    draw_noise = _noise_drawer(corpus, split) if kind.is_noisy else None
    draw_room = _room_drawer(corpus, split, kind.speakers) if kind.is_reverberant else None
    return [
        _draw_scene(rng, _draw_cast(rng, clips, kind.speakers), corpus, (draw_noise, draw_room))
        for _ in range(count)
    ]


def _draw_scene(
    rng: random.Random,
    cast: Sequence[Clip],
    corpus: Path,
    drawers: tuple[Callable[[random.Random], FixedNoise] | None, Callable[[random.Random], FixedRoom] | None],
) -> FixedScene:
    duration_s = min(LONGEST_S, *(clip.duration_s for clip in cast))
    below_first_db = [0.0, *(rng.uniform(-SIR_RANGE_DB, SIR_RANGE_DB) for _ in cast[1:])]
    middle_db = sum(below_first_db) / len(cast)
    voices = []
    for clip, below_db in zip(cast, below_first_db, strict=True):
        offset_s = round(rng.uniform(0.0, clip.duration_s - duration_s), 3)
        start, length = int(offset_s * RATE_HZ), int(duration_s * RATE_HZ)
        heard = read_at(corpus / clip.path, RATE_HZ)[start : start + length]
        voices.append(
            FixedVoice(
                path=clip.path.as_posix(),
                offset_s=offset_s,
                level_db=round(middle_db - below_db, 3),
                reference_snr_db=round(reference_snr_db(heard, sample_rate_hz=RATE_HZ), 1),
            )
        )
    draw_noise, draw_room = drawers
    return FixedScene(
        voices=tuple(voices),
        duration_s=duration_s,
        is_same_source=len({clip.source for clip in cast}) == 1,
        sexes=_sexes(cast),
        noise=draw_noise(rng) if draw_noise else None,
        room=draw_room(rng) if draw_room else None,
    )


def _draw_cast(rng: random.Random, clips: Sequence[Clip], speakers: int) -> list[Clip]:
    wants_same_source = rng.random() < SAME_SOURCE_SHARE
    wants_same_sex = rng.random() < SAME_SEX_SHARE
    is_mixed = len({clip.source for clip in clips}) > 1
    # Corpora first: one with few clips would hardly ever fill a mixture of three by chance.
    for attempt in range(100_000):
        cast = [clips[rng.randrange(len(clips))] for _ in range(speakers)]
        is_same_source = len({clip.source for clip in cast}) == 1
        sexes = _sexes(cast)
        fits_sex = sexes == "unknown" or (sexes == "same") == wants_same_sex or attempt > 5_000
        fits_source = is_same_source == wants_same_source or not is_mixed
        if len({clip.speaker_id for clip in cast}) == speakers and fits_source and fits_sex:
            return cast
    raise InputRefused(f"The corpus has too few speakers for a fixed set of {speakers} at a time.")


def _noise_drawer(corpus: Path, split: Split) -> Callable[[random.Random], FixedNoise]:
    noises = sorted(path.as_posix() for path in read_noises(corpus, split=split))
    if not noises:
        raise InputRefused(f"The corpus {corpus} has no noise in its {split!r} split.")
    durations_s = {}
    for path in noises:
        waveform = read_mono(corpus / path)
        durations_s[path] = len(waveform.samples) / waveform.sample_rate_hz

    def draw(rng: random.Random) -> FixedNoise:
        path = noises[rng.randrange(len(noises))]
        return FixedNoise(
            path=path,
            offset_s=round(rng.uniform(0.0, durations_s[path]), 3),
            snr_db=round(rng.uniform(*SNR_RANGE_DB), 3),
        )

    return draw


def _room_drawer(corpus: Path, split: Split, speakers: int) -> Callable[[random.Random], FixedRoom]:
    measured = _measured_rooms(read_rooms(corpus, split=split), corpus=corpus, speakers=speakers)
    simulated = read_rooms_folder(TEST_ROOMS, sample_rate_hz=RATE_HZ)

    def draw(rng: random.Random) -> FixedRoom:
        if measured and rng.random() < MEASURED_ROOM_SHARE:
            return FixedRoom(responses=tuple(rng.sample(measured[rng.randrange(len(measured))], speakers)))
        number = rng.randrange(len(simulated))
        return FixedRoom(
            simulated=number, positions=tuple(rng.sample(range(len(simulated[number])), speakers))
        )

    return draw


def _measured_rooms(responses: Sequence[RoomResponse], *, corpus: Path, speakers: int) -> list[list[str]]:
    """Rooms, not halls, of which enough positions were measured."""
    by_room: dict[str, list[str]] = {}
    for response in responses:
        samples = read_at(corpus / response.path, RATE_HZ)
        if reverberation_time_s(samples, sample_rate_hz=RATE_HZ) <= LONGEST_T60_S:
            by_room.setdefault(response.room, []).append(response.path.as_posix())
    return [sorted(paths) for _, paths in sorted(by_room.items()) if len(paths) >= speakers]


def _sexes(cast: Sequence[Clip]) -> str:
    sexes = {clip.sex for clip in cast}
    if "" in sexes:
        return "unknown"
    return "same" if len(sexes) == 1 else "different"
