"""What an importer finds, and how it is written as a folder that `--corpus` and `--manifest` read.

A prepared folder holds `speech.jsonl`, `noise.jsonl` and `rirs.jsonl` (one file of sound a line, paths relative to
the folder), `mixtures-NAME.jsonl` (manifests of finished mixtures) and `corpus.json` (where it came from, counts,
licences). No sound is copied.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import soundfile

from modeling.data.corpus import Clip, ListedNoise, RoomResponse
from modeling.errors import InputRefused
from modeling.manifest import ManifestRow

SPLIT_NAMES = {"tr": "train", "cv": "valid", "tt": "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything found in one corpus; paths are absolute."""

    licence: str
    clips: Sequence[Clip] = ()
    noises: Sequence[ListedNoise] = ()
    rooms: Sequence[RoomResponse] = ()
    mixtures: dict[str, list[ManifestRow]] = field(default_factory=dict)


def duration_s(path: Path) -> float:
    """The length of a sound from its header."""
    try:
        return float(soundfile.info(path).duration)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InputRefused(f"{path} is named by the corpus but cannot be read as sound: {error}.") from error


def found_below(root: Path, *patterns: str, what: str) -> list[Path]:
    """Files or folders below a root, sorted; none is refused in a sentence that names what was looked for."""
    if not root.is_dir():
        raise InputRefused(f"There is no folder {root}.")
    found = sorted({path for pattern in patterns for path in root.glob(pattern)})
    if not found:
        raise InputRefused(
            f"{root} does not look like {what}: nothing in it matches {' or '.join(patterns)}."
        )
    return found


def write_prepared(folder: Path, *, found: dict[str, Gathered]) -> dict[str, object]:
    """Write one or more gathered corpora as one folder; returns what `corpus.json` says."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = [clip for each in found.values() for clip in each.clips]
    noises = [noise for each in found.values() for noise in each.noises]
    rooms = [room for each in found.values() for room in each.rooms]
    _write_lines(folder / "speech.jsonl", (_clip_row(clip, folder) for clip in clips))
    _write_lines(
        folder / "noise.jsonl",
        ({"path": _relative(noise.path, folder), "split": noise.split} for noise in noises),
    )
    _write_lines(
        folder / "rirs.jsonl",
        ({"path": _relative(each.path, folder), "room": each.room, "split": each.split} for each in rooms),
    )
    mixtures = {name: rows for each in found.values() for name, rows in each.mixtures.items()}
    for name, rows in mixtures.items():
        lines = (json.loads(_moved(row, folder).to_json()) for row in rows)
        _write_lines(folder / f"mixtures-{name}.jsonl", lines)
    summary: dict[str, object] = {
        "sources": list(found),
        "licences": {kind: each.licence for kind, each in found.items()},
        "speakers": len({clip.speaker_id for clip in clips}),
        "clips": len(clips),
        "hours": round(sum(clip.duration_s for clip in clips) / 3600, 2),
        "noises": len(noises),
        "rooms": len({room.room for room in rooms}),
        "mixtures": {name: len(rows) for name, rows in mixtures.items()},
    }
    _write_whole(folder / "corpus.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return summary


def _clip_row(clip: Clip, folder: Path) -> dict[str, object]:
    return {
        "path": _relative(clip.path, folder),
        "speaker_id": clip.speaker_id,
        "split": clip.split,
        "duration_s": round(clip.duration_s, 4),
        "gender": clip.gender,
    }


def _moved(row: ManifestRow, folder: Path) -> ManifestRow:
    return replace(
        row,
        mixture=Path(_relative(row.mixture, folder)),
        stems=tuple(Path(_relative(path, folder)) for path in row.stems),
        references=tuple(Path(_relative(path, folder)) for path in row.references),
    )


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    _write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _write_whole(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
