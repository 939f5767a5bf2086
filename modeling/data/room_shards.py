"""Simulated rooms on disk: simulated once, by several processes, resumed where they stopped.

A folder holds `rooms.json` (seed and positions) and shards of fifty rooms: `rooms-00000.jsonl` with one room a
line and `rooms-00000-8000.flac`, `rooms-00000-16000.flac` with their responses one after another. A shard counts
once its `.jsonl` is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from audio.files import encode_flac
from modeling.data.mixing_config import MOST_SOURCES
from modeling.data.simulation import RATES_HZ, SimulatedRoom, simulate_room
from modeling.errors import InputRefused
from modeling.waveforms import Samples, read_mono

ROOMS_A_SHARD = 50
SETTINGS_NAME = "rooms.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFamily:
    """What rooms are drawn from: the same seed and number of positions give the same rooms everywhere."""

    seed: int
    positions: int


def prepare_rooms(folder: Path, *, family: RoomFamily, count: int, jobs: int) -> int:
    """Simulate what is missing of the first `count` rooms; returns how many shards were written."""
    if not 2 <= family.positions <= MOST_SOURCES:
        raise InputRefused(f"A room needs 2 to {MOST_SOURCES} positions, not {family.positions}.")
    folder.mkdir(parents=True, exist_ok=True)
    _settle(folder, family)
    shards = [
        (folder / f"rooms-{first // ROOMS_A_SHARD:05d}", range(first, min(first + ROOMS_A_SHARD, count)))
        for first in range(0, count, ROOMS_A_SHARD)
    ]
    missing = [(stem, numbers) for stem, numbers in shards if _rooms_in(stem) < len(numbers)]
    if jobs == 1:
        for stem, numbers in tqdm(missing, desc="simulating rooms", unit="shard", disable=None):
            write_shard(stem, family=family, numbers=numbers)
        return len(missing)
    # Spawned, not forked: whoever calls this may hold threads or a GPU.
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(write_shard, stem, family=family, numbers=numbers) for stem, numbers in missing]
        for task in tqdm(
            as_completed(tasks), total=len(tasks), desc="simulating rooms", unit="shard", disable=None
        ):
            task.result()
    return len(missing)


def write_shard(stem: Path, *, family: RoomFamily, numbers: range) -> None:
    """Simulate rooms and write one shard: responses first, the list that makes it count last."""
    rooms = [simulate_room(seed=family.seed, number=number, positions=family.positions) for number in numbers]
    for rate_hz in RATES_HZ:
        # Reflections may add up to more than the direct sound; readers divide by the first sample again.
        joined = np.concatenate([_fitted(each) for room in rooms for each in room.responses[rate_hz]])
        content = encode_flac(joined, sample_rate_hz=rate_hz, bits_per_sample=16)
        _write_whole(stem.with_name(f"{stem.name}-{rate_hz}.flac"), content)
    lines = [
        json.dumps(_row(room, family=family, number=number)) + "\n"
        for room, number in zip(rooms, numbers, strict=True)
    ]
    _write_whole(stem.with_name(f"{stem.name}.jsonl"), "".join(lines).encode())


def read_rooms_folder(folder: Path, *, sample_rate_hz: int) -> list[list[Samples]]:
    """Responses of every room of a folder at 8 or 16 kHz; the direct sound is sample 0 and has height 1."""
    if sample_rate_hz not in RATES_HZ:
        raise InputRefused(
            f"Simulated rooms are stored at 8000 and 16000 Hz; the run asks for {sample_rate_hz} Hz: "
            "set mixing.rooms_folder=none or train at one of the two rates."
        )
    lists = sorted(folder.glob("rooms-*.jsonl"))
    if not lists:
        raise InputRefused(
            f"{folder} holds no simulated rooms: make them with "
            f"python -m modeling prepare rooms --count 2000 --out {folder}"
        )
    return [room for path in lists for room in _read_shard(path, sample_rate_hz=sample_rate_hz)]


def _read_shard(path: Path, *, sample_rate_hz: int) -> Iterator[list[Samples]]:
    joined = read_mono(path.with_name(f"{path.stem}-{sample_rate_hz}.flac")).samples
    start = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            lengths = [int(length) for length in json.loads(line)["lengths"][str(sample_rate_hz)]]
        except (ValueError, KeyError, TypeError) as error:
            raise InputRefused(f"{path}, line {number}: this is not the description of a room.") from error
        responses = []
        for length in lengths:
            response = joined[start : start + length]
            responses.append((response / response[0]).astype(np.float32))
            start += length
        yield responses
    if start != len(joined):
        raise InputRefused(f"{path} does not describe the sound beside it: prepare these rooms again.")


def _row(room: SimulatedRoom, *, family: RoomFamily, number: int) -> dict[str, Any]:
    return {
        "room": f"simulated-{family.seed}-{number}",
        "t60_s": room.t60_s,
        "size_m": room.size_m,
        "absorption": room.absorption,
        "microphone_m": room.microphone_m,
        "mouths_m": room.mouths_m,
        "lengths": {str(rate_hz): [len(each) for each in room.responses[rate_hz]] for rate_hz in RATES_HZ},
    }


def _settle(folder: Path, family: RoomFamily) -> None:
    path = folder / SETTINGS_NAME
    wanted = {"seed": family.seed, "positions": family.positions}
    if not path.is_file():
        _write_whole(path, json.dumps(wanted).encode())
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputRefused(f"{path} is damaged ({error}): delete it and prepare the rooms again.") from error
    if found != wanted:
        raise InputRefused(f"{folder} was begun with {found}, not {wanted}: name another folder.")


def _rooms_in(stem: Path) -> int:
    path = stem.with_name(f"{stem.name}.jsonl")
    return len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0


def _fitted(response: Samples) -> Samples:
    fitted: Samples = response * np.float32(0.99 / np.abs(response).max())
    return fitted


def _write_whole(path: Path, content: bytes) -> None:
    aside = path.with_name(path.name + ".part")
    aside.write_bytes(content)
    aside.replace(path)
