"""Archives hold every clip once, a stream over them mixes well, and its position can be saved."""

import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from modeling.__main__ import main
from modeling.data import streaming
from modeling.data.corpus import read_clips
from modeling.data.mixing import Surroundings
from modeling.data.mixing_config import MixingConfig
from modeling.data.rooms import RoomBank
from modeling.data.shards import ShardStream, read_shards, write_shards
from modeling.data.streaming import ShardedMixer, open_sharded_mixer
from modeling.errors import InputRefused
from modeling.waveforms import read_mono


@pytest.fixture(scope="module")
def folder(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    clips = read_clips(corpus, split="train")
    assert write_shards(folder, clips, corpus=corpus, split="train", shard_bytes=60_000) >= 3
    return folder


def open_mixer(folder: Path, **config: object) -> ShardedMixer:
    nothing = Surroundings(noises=[], rooms=RoomBank([], sample_rate_hz=8000))
    mixing = MixingConfig(crop_s=0.3, speeds_percent=(100,), window_clips=8, **config)
    return open_sharded_mixer(folder, surroundings=nothing, config=mixing, sample_rate_hz=8000, seed=3)


def test_archives_hold_every_clip_bit_for_bit(corpus: Path, folder: Path) -> None:
    stored = [clip for shard in read_shards(folder, split="train") for clip in shard]
    clips = {clip.speaker_id: clip for clip in read_clips(corpus, split="train")}
    assert sorted(each.clip.speaker_id for each in stored) == sorted(clips)
    for each in stored[:4]:
        original = read_mono(corpus / clips[each.clip.speaker_id].path)
        np.testing.assert_array_equal(each.read().samples, original.samples)


def test_archives_are_plain_tar_files(folder: Path) -> None:
    with tarfile.open(folder / "train-00000.tar") as archive:
        assert archive.getnames()[0] == "00000000.flac"


def test_packing_again_keeps_what_is_there(corpus: Path, folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    write_shards(folder, read_clips(corpus, split="train"), corpus=corpus, split="train", shard_bytes=60_000)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_stream_gives_every_clip_equally_often_in_ever_new_orders(folder: Path) -> None:
    stream = ShardStream(read_shards(folder, split="train"), seed=1, buffer_clips=4)
    drawn = [stream.draw() for _ in range(50 * len(stream))]
    counts = Counter(drawn)
    assert set(counts) == set(range(len(stream))) and max(counts.values()) - min(counts.values()) <= 5
    assert drawn[:12] != drawn[12:24]


def test_a_resumed_stream_goes_on_as_if_it_had_not_stopped(folder: Path) -> None:
    shards = read_shards(folder, split="train")
    stream, other = (ShardStream(shards, seed=1, buffer_clips=4) for _ in range(2))
    for _ in range(17):
        stream.draw()
    other.load_state_dict(stream.state_dict())
    assert [stream.draw() for _ in range(40)] == [other.draw() for _ in range(40)]


def test_a_resumed_mixer_draws_the_same_mixtures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MIXTURES_A_RENEWAL", 4)
    monkeypatch.setattr(streaming, "RENEWED_CLIPS", 3)
    mixer, other = open_mixer(folder), open_mixer(folder)
    for _ in range(5):
        mixer.draw_batch(3)
    other.load_state_dict(mixer.state_dict())
    for _ in range(5):
        assert torch.equal(mixer.draw_batch(3).mix_bt, other.draw_batch(3).mix_bt)


def test_the_window_moves_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MIXTURES_A_RENEWAL", 4)
    monkeypatch.setattr(streaming, "RENEWED_CLIPS", 3)
    mixer = open_mixer(folder)
    before = mixer.state_dict()["window"]
    for _ in range(6):
        mixer.draw_batch(2)
    assert mixer.state_dict()["window"] != before


def test_the_command_packs_a_corpus(corpus: Path, tmp_path: Path) -> None:
    arguments = ["--corpus", str(corpus), "--split", "valid", "--out", str(tmp_path)]
    assert main(["prepare", "shards", *arguments]) == 0
    assert sum(len(shard) for shard in read_shards(tmp_path, split="valid")) == 12


def test_missing_and_broken_archives_get_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="holds no train shards"):
        read_shards(tmp_path, split="train")
    (tmp_path / "train-00000.jsonl").write_text('{"offset": 1}\n')
    with pytest.raises(InputRefused, match="line 1: this is not the place of a clip"):
        read_shards(tmp_path, split="train")
    (tmp_path / "train-00000.jsonl").write_bytes((folder / "train-00000.jsonl").read_bytes())
    (tmp_path / "train-00000.tar").write_bytes(b"\0" * 200_000)
    with pytest.raises(InputRefused, match=r"train-00000.tar, byte 512"):
        read_shards(tmp_path, split="train")[0][0].read()
