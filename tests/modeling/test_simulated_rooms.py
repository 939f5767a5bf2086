"""Simulated rooms: physics that can be checked, the same on every machine, resumed after a kill."""

import json
from pathlib import Path

import numpy as np
import pytest

from modeling.data import room_shards
from modeling.data.room_shards import RoomFamily, prepare_rooms, read_rooms_folder, write_shard
from modeling.data.simulation import (
    NEAREST_M,
    SOUND_M_PER_S,
    SimulatedRoom,
    reverberation_time_s,
    simulate_room,
)
from modeling.errors import InputRefused

FAMILY = RoomFamily(seed=3, positions=2)


@pytest.fixture(scope="module")
def room() -> SimulatedRoom:
    return simulate_room(seed=3, number=1, positions=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms")
    write_shard(folder / "rooms-00000", family=FAMILY, numbers=range(2))
    return folder


def test_the_direct_sound_is_one_sample_at_the_true_distance(room: SimulatedRoom) -> None:
    for mouth_m, response in zip(room.mouths_m, room.responses[8000], strict=True):
        distance_m = float(np.linalg.norm(np.subtract(mouth_m, room.microphone_m)))
        delay = distance_m / SOUND_M_PER_S * 8000
        assert distance_m >= NEAREST_M and delay == pytest.approx(round(delay), abs=0.01)
        assert response[0] == pytest.approx(1.0) and np.abs(response[1:4]).max() < 0.5


def test_the_reverberation_time_is_measured_and_alike_at_both_rates(room: SimulatedRoom) -> None:
    assert 0.15 <= room.t60_s <= 0.8
    times_s = [reverberation_time_s(each, sample_rate_hz=8000) for each in room.responses[8000]]
    assert times_s == pytest.approx([room.t60_s] * 2, rel=0.2)


def test_a_known_decay_has_its_reverberation_time() -> None:
    time_s = np.arange(8000) / 8000
    noise = np.random.default_rng(0).standard_normal(8000)
    decay = (noise * 10 ** (-3 * time_s / 0.4)).astype(np.float32)
    assert reverberation_time_s(decay, sample_rate_hz=8000) == pytest.approx(0.4, rel=0.05)


def test_a_room_is_the_same_whatever_was_simulated_before(room: SimulatedRoom) -> None:
    again = simulate_room(seed=3, number=1, positions=2)
    assert again.mouths_m == room.mouths_m
    np.testing.assert_array_equal(again.responses[8000][1], room.responses[8000][1])
    assert simulate_room(seed=3, number=2, positions=2).size_m != room.size_m


def test_stored_rooms_come_back_within_sixteen_bits(folder: Path, room: SimulatedRoom) -> None:
    rooms = read_rooms_folder(folder, sample_rate_hz=8000)
    assert [len(positions) for positions in rooms] == [2, 2]
    np.testing.assert_allclose(rooms[1][0], room.responses[8000][0], atol=2e-3)


def test_the_list_of_a_shard_names_its_rooms(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "rooms-00000.jsonl").read_text().splitlines()]
    assert [row["room"] for row in rows] == ["simulated-3-0", "simulated-3-1"]
    assert all(len(row["mouths_m"]) == 2 and row["t60_s"] > 0 for row in rows)


def test_a_folder_without_rooms_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="prepare rooms --count 2000"):
        read_rooms_folder(tmp_path, sample_rate_hz=8000)


def test_an_unusual_rate_is_refused(folder: Path) -> None:
    with pytest.raises(InputRefused, match="asks for 11025 Hz"):
        read_rooms_folder(folder, sample_rate_hz=11025)


def test_a_shard_that_does_not_fit_its_list_is_refused(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    lines = (tmp_path / "rooms-00000.jsonl").read_text().splitlines()
    (tmp_path / "rooms-00000.jsonl").write_text(lines[0] + "\n")
    with pytest.raises(InputRefused, match="does not describe the sound"):
        read_rooms_folder(tmp_path, sample_rate_hz=8000)


def test_preparing_again_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_shards, "ROOMS_A_SHARD", 1)
    assert prepare_rooms(tmp_path, family=FAMILY, count=1, jobs=1) == 1
    first = (tmp_path / "rooms-00000.jsonl").read_text()
    assert prepare_rooms(tmp_path, family=FAMILY, count=2, jobs=1) == 1
    assert (tmp_path / "rooms-00000.jsonl").read_text() == first
    assert len(read_rooms_folder(tmp_path, sample_rate_hz=16000)) == 2


def test_a_folder_of_other_rooms_and_odd_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="2 to 5 positions, not 1"):
        prepare_rooms(tmp_path, family=RoomFamily(seed=1, positions=1), count=1, jobs=1)
    (tmp_path / "rooms.json").write_text('{"seed": 9, "positions": 2}')
    with pytest.raises(InputRefused, match="was begun with"):
        prepare_rooms(tmp_path, family=FAMILY, count=1, jobs=1)
    (tmp_path / "rooms.json").write_text("{")
    with pytest.raises(InputRefused, match=r"rooms.json is damaged"):
        prepare_rooms(tmp_path, family=FAMILY, count=1, jobs=1)
