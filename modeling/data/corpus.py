"""The training corpus: where it is and which clips, noises and rooms its manifests list; without torch.

A corpus folder holds `speech/manifest.csv` (path, speaker_id, split, duration_s, gender; paths relative to the
corpus folder) and optionally `speech_extra/manifest.csv`, `noise/manifest.csv` and `rirs/manifest.csv`. A folder
made by `python -m modeling prepare corpus` holds the same rows in `speech.jsonl`, `noise.jsonl`, `rirs.jsonl`.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from modeling.errors import InputRefused

Split = Literal["train", "valid", "test"]

ENVIRONMENT_NAME = "REALM_CORPUS_DIR"
LOSSLESS_SUFFIXES = {".flac", ".wav"}
SPLITS = ("train", "valid", "test")


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
class ListedNoise:
    """One noise of a corpus."""

    path: Path
    split: str


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
    if not (named / "speech" / "manifest.csv").is_file() and not (named / "speech.jsonl").is_file():
        raise InputRefused(
            f"{named} is not a speech corpus: speech/manifest.csv is missing in it. Corpora of other layouts "
            "are read after python -m modeling prepare corpus --from KIND DIR --out FOLDER."
        )
    return named


def read_clips(corpus: Path, *, split: Split) -> list[Clip]:
    """Clips of one split, in the order of the manifests; paths relative to the corpus."""
    chosen = [clip for clip in read_all_clips(corpus) if clip.split == split]
    if not chosen:
        raise InputRefused(f"The corpus {corpus} has no clips in its {split!r} split.")
    return chosen


def read_noises(corpus: Path, *, split: Split) -> list[Path]:
    """Paths of a split's noises, as `read_all_noises` gives them."""
    return [noise.path for noise in read_all_noises(corpus) if noise.split == split]


def read_rooms(corpus: Path, *, split: Split) -> list[RoomResponse]:
    """Measured impulse responses of a split, as `read_all_rooms` gives them."""
    return [room for room in read_all_rooms(corpus) if room.split == split]


def read_all_clips(corpus: Path) -> Iterator[Clip]:
    """Speech of all splits, paths relative to the corpus; InputRefused names a wrong row by file, line and field."""
    for where, row in (*_rows(corpus, "speech"), *_rows(corpus, "speech_extra")):
        yield Clip(
            path=Path(row["path"]),
            speaker_id=_text(row, "speaker_id", where),
            split=row["split"],
            duration_s=_seconds(row, where),
            gender=str(row.get("gender") or ""),
        )


def read_all_noises(corpus: Path) -> Iterator[ListedNoise]:
    """Noises of all splits, paths relative to the corpus."""
    for _, row in _rows(corpus, "noise"):
        yield ListedNoise(path=Path(row["path"]), split=row["split"])


def read_all_rooms(corpus: Path) -> Iterator[RoomResponse]:
    """Measured impulse responses of all splits, paths relative to the corpus."""
    for where, row in _rows(corpus, "rirs"):
        yield RoomResponse(path=Path(row["path"]), room=_text(row, "room", where), split=row["split"])


def _rows(corpus: Path, part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows of one part with the words that say where each stands."""
    lines = _json_rows(corpus / f"{part}.jsonl")
    for where, row in (*lines, *_csv_rows(corpus / part / "manifest.csv")):
        path, split = row.get("path"), row.get("split")
        if not (isinstance(path, str) and path and split):
            raise InputRefused(f'{where}: "path" and "split" must be filled in.')
        if split not in SPLITS:
            raise InputRefused(f'{where}: "split" must be train, valid or test, not {split!r}.')
        yield where, row


def _json_rows(manifest: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(_text_of(manifest).splitlines(), start=1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            row = None
        if not isinstance(row, dict):
            raise InputRefused(f"{manifest}, line {number}: this is not a JSON object.")
        yield f"{manifest}, line {number}", row


def _csv_rows(manifest: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        for number, row in enumerate(csv.DictReader(_text_of(manifest).splitlines(keepends=True)), start=2):
            yield f"{manifest}, line {number}", row
    except csv.Error as error:
        raise InputRefused(f"{manifest} is not a table: {error}.") from error


def _text_of(manifest: Path) -> str:
    if not manifest.is_file():
        return ""
    try:
        return manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"The manifest {manifest} cannot be read: {error}.") from error


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise InputRefused(f'{where}: "{name}" must be filled in.')
    return value


def _seconds(row: Mapping[str, Any], where: str) -> float:
    try:
        seconds = float(row.get("duration_s") or "")
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise InputRefused(
            f'{where}: "duration_s" must be a number of seconds above 0, not {row.get("duration_s")!r}.'
        )
    return seconds
