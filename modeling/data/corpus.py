"""The training corpus: where it is and which clips, noises and rooms its manifests list; without torch.

A corpus folder holds `speech/manifest.csv` (path, speaker_id, split, duration_s, gender; paths relative to the
corpus folder) and optionally `speech_extra/manifest.csv`, `noise/manifest.csv` and `rirs/manifest.csv`.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from modeling.errors import InputRefused

Split = Literal["train", "valid", "test"]

ENVIRONMENT_NAME = "REALM_CORPUS_DIR"
LOSSLESS_SUFFIXES = {".flac", ".wav"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip of one speaker; `source` is the corpus it comes from, the first part of the speaker's id."""

    path: Path
    speaker_id: str
    split: str
    duration_s: float
    gender: str

    @property
    def source(self) -> str:
        return self.speaker_id.partition("_")[0]

    @property
    def sex(self) -> str:
        """f, m or empty where the manifest says neither."""
        first = self.gender.strip().lower()[:1]
        return first if first in ("f", "m") else ""

    @property
    def is_lossless(self) -> bool:
        return self.path.suffix in LOSSLESS_SUFFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomResponse:
    """One measured impulse response; channels of one room are two positions in it."""

    path: Path
    room: str
    split: str


def find_corpus(option: Path | None) -> Path:
    """The corpus folder from `--corpus` or the environment; refused in one sentence when there is none."""
    named = option or (Path(os.environ[ENVIRONMENT_NAME]) if os.environ.get(ENVIRONMENT_NAME) else None)
    if named is None:
        raise InputRefused(
            f"This needs a speech corpus: pass --corpus DIR or set {ENVIRONMENT_NAME} to a folder that holds "
            "speech/manifest.csv. docs/modeling.md says how it is laid out."
        )
    if not (named / "speech" / "manifest.csv").is_file():
        raise InputRefused(f"{named} is not a speech corpus: speech/manifest.csv is missing in it.")
    return named


def read_clips(corpus: Path, *, split: Split) -> list[Clip]:
    """Clips of one split, in the order of the manifests; paths relative to the corpus."""
    rows = [*_rows(corpus, "speech"), *_rows(corpus, "speech_extra")]
    clips = [
        Clip(
            path=Path(row["path"]),
            speaker_id=row["speaker_id"],
            split=row["split"],
            duration_s=float(row["duration_s"]),
            gender=row.get("gender", ""),
        )
        for row in rows
    ]
    chosen = [clip for clip in clips if clip.split == split]
    if not chosen:
        raise InputRefused(f"The corpus {corpus} has no clips in its {split!r} split.")
    return chosen


def read_noises(corpus: Path, *, split: Split) -> list[Path]:
    return [Path(row["path"]) for row in _rows(corpus, "noise") if row["split"] == split]


def read_rooms(corpus: Path, *, split: Split) -> list[RoomResponse]:
    return [
        RoomResponse(path=Path(row["path"]), room=row["room"], split=row["split"])
        for row in _rows(corpus, "rirs")
        if row["split"] == split
    ]


def _rows(corpus: Path, part: str) -> Iterator[dict[str, str]]:
    manifest = corpus / part / "manifest.csv"
    if not manifest.is_file():
        return
    with manifest.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            if not row.get("path") or not row.get("split"):
                raise InputRefused(f'{manifest}, line {number}: "path" and "split" must be filled in.')
            yield row
