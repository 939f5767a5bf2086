"""Large corpora as tar archives of FLAC, read in a stream whose position is a small state.

`python -m modeling prepare shards` writes `train-00000.tar` (members `00000000.flac`), and last, what makes a
shard count, `train-00000.jsonl`: for each member its place in the archive, speaker, sex and length. Clips are
shuffled over all shards by a seed. Any tar reads the archives.
"""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from audio.errors import AudioRefused
from audio.files import encode_flac, read_audio
from modeling.data.corpus import Clip, Split
from modeling.errors import InputRefused
from modeling.waveforms import LONGEST_FILE_S, MonoWaveform, read_mono

SHUFFLE_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardedClip:
    """One clip and where its FLAC lies in an archive."""

    clip: Clip
    offset: int
    byte_length: int

    def read(self) -> MonoWaveform:
        """Decode the clip; `clip.path` is the archive."""
        try:
            with self.clip.path.open("rb") as archive:
                archive.seek(self.offset)
                content = archive.read(self.byte_length)
            waveform = read_audio(io.BytesIO(content), max_duration_s=LONGEST_FILE_S)
        except OSError as error:
            raise InputRefused(f"The archive {self.clip.path} cannot be read: {error.strerror}.") from error
        except AudioRefused as refusal:
            raise InputRefused(f"{self.clip.path}, byte {self.offset}: {refusal.message}") from refusal
        return MonoWaveform(samples=waveform.samples.mean(axis=1), sample_rate_hz=waveform.sample_rate_hz)


class ShardStream:
    """Clips of many shards without end: shards in a new order each round, mixed by a buffer.

    The buffer holds places, not sound: `state_dict` is small and reading starts at once after a resume.
    """

    def __init__(
        self, clips: Sequence[Sequence[ShardedClip]], *, seed: int, buffer_clips: int = 2000
    ) -> None:
        self._shards = [list(shard) for shard in clips if shard]
        self._starts = np.cumsum([0, *(len(shard) for shard in self._shards)])
        self._flat = [clip for shard in self._shards for clip in shard]
        self._seed, self._buffer_clips = seed, min(buffer_clips, len(self._flat))
        self._rng = np.random.default_rng([seed, 0])
        self._round, self._position = 0, 0
        self._order = self._order_of(0)
        self._buffer: list[int] = []

    def draw(self) -> int:
        """The number of the next clip."""
        while len(self._buffer) < self._buffer_clips:
            self._buffer.append(self._next())
        index = int(self._rng.integers(len(self._buffer)))
        drawn, self._buffer[index] = self._buffer[index], self._next()
        return drawn

    def clip(self, number: int) -> ShardedClip:
        return self._flat[number]

    def __len__(self) -> int:
        return len(self._flat)

    def state_dict(self) -> dict[str, Any]:
        return {
            "round": self._round,
            "position": self._position,
            "buffer": list(self._buffer),
            "rng": dict(self._rng.bit_generator.state),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._round, self._position = state["round"], state["position"]
        self._order = self._order_of(self._round)
        self._buffer = list(state["buffer"])
        self._rng.bit_generator.state = state["rng"]

    def _next(self) -> int:
        if self._position == len(self._order):
            self._round, self._position = self._round + 1, 0
            self._order = self._order_of(self._round)
        self._position += 1
        return self._order[self._position - 1]

    def _order_of(self, number: int) -> list[int]:
        shards = np.random.default_rng([self._seed, 1, number]).permutation(len(self._shards))
        return [place for shard in shards for place in range(self._starts[shard], self._starts[shard + 1])]


def write_shards(folder: Path, clips: Sequence[Clip], *, corpus: Path, split: Split, shard_bytes: int) -> int:
    """Pack the clips of a split; shards that are there already are kept. Returns the number of shards."""
    folder.mkdir(parents=True, exist_ok=True)
    shuffled = sorted(clips, key=lambda clip: clip.path.as_posix())
    random.Random(SHUFFLE_SEED).shuffle(shuffled)
    sizes = [_rough_bytes(clip) for clip in shuffled]
    parts, start, filled = [], 0, 0
    for end, size in enumerate(sizes, start=1):
        filled += size
        if filled >= shard_bytes or end == len(sizes):
            parts.append(shuffled[start:end])
            start, filled = end, 0
    for number, part in enumerate(tqdm(parts, desc="packing", unit="shard", disable=None)):
        stem = folder / f"{split}-{number:05d}"
        if not stem.with_suffix(".jsonl").is_file():
            _write_shard(stem, part, corpus=corpus)
    return len(parts)


def read_shards(folder: Path, *, split: Split) -> list[list[ShardedClip]]:
    """The contents of every shard of a split, from their lists."""
    lists = sorted(folder.glob(f"{split}-*.jsonl"))
    if not lists:
        raise InputRefused(
            f"{folder} holds no {split} shards: make them with python -m modeling prepare shards "
            f"--corpus DIR --out {folder}"
        )
    return [list(_read_list(path, split=split)) for path in lists]


def _write_shard(stem: Path, clips: Sequence[Clip], *, corpus: Path) -> None:
    archive = stem.with_suffix(".tar")
    aside = archive.with_name(archive.name + ".part")
    with tarfile.open(aside, "w", format=tarfile.USTAR_FORMAT) as tar:
        for number, clip in enumerate(clips):
            content = _as_flac(corpus / clip.path)
            member = tarfile.TarInfo(f"{number:08d}.flac")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    with tarfile.open(aside) as tar:
        places = [(member.offset_data, member.size) for member in tar]
    aside.replace(archive)
    rows = [
        {
            "offset": offset,
            "bytes": size,
            "speaker_id": clip.speaker_id,
            "gender": clip.gender,
            "duration_s": clip.duration_s,
        }
        for clip, (offset, size) in zip(clips, places, strict=True)
    ]
    listed = stem.with_suffix(".jsonl")
    aside = listed.with_name(listed.name + ".part")
    aside.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    aside.replace(listed)


def _read_list(path: Path, *, split: Split) -> Iterator[ShardedClip]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            clip = Clip(
                path=path.with_suffix(".tar"),
                speaker_id=row["speaker_id"],
                split=split,
                duration_s=float(row["duration_s"]),
                gender=row["gender"],
            )
            yield ShardedClip(clip=clip, offset=int(row["offset"]), byte_length=int(row["bytes"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputRefused(
                f"{path}, line {number}: this is not the place of a clip ({error})."
            ) from error


def _as_flac(path: Path) -> bytes:
    if path.suffix == ".flac":
        return path.read_bytes()
    waveform = read_mono(path)
    return encode_flac(waveform.samples, sample_rate_hz=waveform.sample_rate_hz, bits_per_sample=16)


def _rough_bytes(clip: Clip) -> int:
    # 16 kHz mono FLAC of speech takes about 16 kB a second; archives need not be of one exact size.
    return int(clip.duration_s * 16_000)
