"""A frozen mixture as a recipe: clips, offsets, levels, noise and room, from which it renders identically.

Shape suffixes: c sources, t samples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modeling.acoustics import change_rate
from modeling.data.room_shards import read_rooms_folder
from modeling.data.rooms import Heard, Position, hear, measured_position, simulated_position
from modeling.data.simulation import RATES_HZ
from modeling.errors import InputRefused
from modeling.waveforms import Samples, read_mono

TEST_ROOMS = Path(__file__).parent / "testsets" / "rooms"
PEAK = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedVoice:
    """One voice: a clip of the corpus, where the cut starts, its level and the floor of its recording."""

    path: str
    offset_s: float
    level_db: float
    """Energy as at the microphone, relative to the mean of the voices."""
    reference_snr_db: float
    """How far the clip's own background lies below its speech: no label can be trusted beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedNoise:
    """A noise of the corpus, repeated if it is short, so far below the voices as at the microphone."""

    path: str
    offset_s: float
    snr_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRoom:
    """One room: files of measured responses, or positions of a simulated test room; one for each voice."""

    responses: tuple[str, ...] = ()
    simulated: int | None = None
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedScene:
    """One frozen mixture of two or more voices."""

    voices: tuple[FixedVoice, ...]
    duration_s: float
    is_same_source: bool
    sexes: str
    """`same`, `different` or `unknown`."""
    noise: FixedNoise | None = None
    room: FixedRoom | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSignals:
    """A rendered scene: what is heard of each voice, and the noise `(t)`."""

    heard: Heard
    noise_t: Samples


def parse_scene(row: Mapping[str, Any], *, where: str) -> FixedScene:
    """Build a scene from a parsed line; `where` names it in a refusal."""
    try:
        return FixedScene(
            voices=tuple(FixedVoice(**voice) for voice in row["voices"]),
            duration_s=float(row["duration_s"]),
            is_same_source=bool(row["is_same_source"]),
            sexes=str(row["sexes"]),
            noise=FixedNoise(**row["noise"]) if row.get("noise") else None,
            room=_parse_room(row["room"]) if row.get("room") else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputRefused(f"{where}: this is not a mixture of a fixed set ({error}).") from error


def render_scene(scene: FixedScene, *, corpus: Path, sample_rate_hz: int) -> SceneSignals:
    """Read, place, level and add up; at a rate rooms are not stored at, everything is resampled at the end."""
    rate_hz = sample_rate_hz if sample_rate_hz in RATES_HZ else max(RATES_HZ)
    voices_ct = _read_voices(scene, corpus=corpus, sample_rate_hz=rate_hz)
    heard = Heard.without_room(voices_ct)
    if scene.room is not None:
        heard = hear(voices_ct, _positions(scene.room, corpus=corpus, sample_rate_hz=rate_hz))
    heard = heard.times(_gains(scene, heard.reverberant_ct))
    speech_t = heard.reverberant_ct.sum(axis=0)
    noise_t = np.zeros_like(speech_t)
    if scene.noise is not None:
        noise_t = _read_noise(scene.noise, corpus=corpus, speech_t=speech_t, sample_rate_hz=rate_hz)
    peak = np.float32(PEAK / np.abs(speech_t + noise_t).max())
    signals = SceneSignals(heard=heard.times(peak), noise_t=noise_t * peak)
    return signals if rate_hz == sample_rate_hz else _resampled(signals, rate_hz, sample_rate_hz)


def read_at(path: Path, sample_rate_hz: int) -> Samples:
    """Read a clip at a rate."""
    waveform = read_mono(path)
    samples_t = torch.from_numpy(waveform.samples)
    return change_rate(samples_t, from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz).numpy()


def reference_snr_db(samples: Samples, *, sample_rate_hz: int) -> float:
    """Speech above the background of its own recording: mean energy over that of the softest tenth of frames."""
    frame = max(1, int(0.02 * sample_rate_hz))
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    if not len(frames):
        return 0.0
    power = np.sort(np.square(frames, dtype=np.float64).mean(axis=1))
    floor = power[: max(1, len(power) // 10)].mean()
    return float(10 * np.log10((power.mean() + 1e-12) / (floor + 1e-12)))


def _read_voices(scene: FixedScene, *, corpus: Path, sample_rate_hz: int) -> Samples:
    samples = int(scene.duration_s * sample_rate_hz)
    cuts = []
    for voice in scene.voices:
        start = int(voice.offset_s * sample_rate_hz)
        cuts.append(read_at(corpus / voice.path, sample_rate_hz)[start : start + samples])
    # Manifests round durations: a clip may be a few samples shorter than its own says.
    length = min(len(cut) for cut in cuts)
    return np.stack([cut[:length] - cut[:length].mean() for cut in cuts]).astype(np.float32)


def _gains(scene: FixedScene, voices_ct: Samples) -> Samples:
    levels_db = np.array([voice.level_db for voice in scene.voices])
    rms_c = np.sqrt(np.square(voices_ct).mean(axis=1) + 1e-12)
    gains: Samples = (10 ** (levels_db / 20) / rms_c).astype(np.float32)
    return gains[:, None]


def _read_noise(noise: FixedNoise, *, corpus: Path, speech_t: Samples, sample_rate_hz: int) -> Samples:
    samples = read_at(corpus / noise.path, sample_rate_hz)
    start = int(noise.offset_s * sample_rate_hz)
    cut = np.resize(np.roll(samples, -start), len(speech_t))
    ratio = (np.square(speech_t).mean() + 1e-12) / (np.square(cut).mean() + 1e-12)
    levelled: Samples = (cut * np.sqrt(ratio) * 10 ** (-noise.snr_db / 20)).astype(np.float32)
    return levelled


def _positions(room: FixedRoom, *, corpus: Path, sample_rate_hz: int) -> list[Position]:
    if room.simulated is None:
        responses = [read_at(corpus / path, sample_rate_hz) for path in room.responses]
        return [measured_position(each, sample_rate_hz=sample_rate_hz) for each in responses]
    simulated = _test_rooms(sample_rate_hz)[room.simulated]
    return [simulated_position(simulated[index], sample_rate_hz=sample_rate_hz) for index in room.positions]


@lru_cache(maxsize=2)
def _test_rooms(sample_rate_hz: int) -> list[list[Samples]]:
    return read_rooms_folder(TEST_ROOMS, sample_rate_hz=sample_rate_hz)


def _parse_room(row: Mapping[str, Any]) -> FixedRoom:
    return FixedRoom(
        responses=tuple(row.get("responses", ())),
        simulated=row.get("simulated"),
        positions=tuple(row.get("positions", ())),
    )


def _resampled(signals: SceneSignals, from_hz: int, to_hz: int) -> SceneSignals:
    def at_rate(samples: Samples) -> Samples:
        return change_rate(torch.from_numpy(samples), from_hz=from_hz, to_hz=to_hz).numpy()

    heard = Heard.without_room(at_rate(signals.heard.reverberant_ct))
    if signals.heard.has_room:
        heard = Heard(
            reverberant_ct=heard.reverberant_ct,
            early_ct=at_rate(signals.heard.early_ct),
            dry_ct=at_rate(signals.heard.dry_ct),
        )
    return SceneSignals(heard=heard, noise_t=at_rate(signals.noise_t))
