"""Real mixtures: a release of REAL-M, a release of Realm, and the corpus layout of this repository."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from modeling.data.corpus import (
    Clip,
    ListedNoise,
    RoomResponse,
    find_corpus,
    read_all_clips,
    read_all_noises,
    read_all_rooms,
)
from modeling.data.importers.gathering import Gathered, found_below
from modeling.errors import InputRefused
from modeling.manifest import ManifestRow

MIXTURES = "audio_files_converted_8000Hz"


def gather_real_m(root: Path) -> Gathered:
    """`audio_files_converted_8000Hz/SESSION/mixture_I_SESSION.wav` with its published separations.

    There are no references and no splits: the set is for evaluation. Tables are not read: those of the early
    sessions carry worker ids.
    """
    files = found_below(root, f"{MIXTURES}/*/*.wav", f"*/{MIXTURES}/*/*.wav", what="a release of REAL-M")
    rows = []
    for path in files:
        separations = path.parents[2] / "separations"
        stems = sorted(separations.glob(f"{path.name}source*hat.wav")) if separations.is_dir() else []
        rows.append(ManifestRow(mixture=path, stems=tuple(stems)))
    return Gathered(licence="see the page REAL-M was downloaded from", mixtures={"real-m": rows})


def gather_realm_release(root: Path) -> Gathered:
    """`manifest.jsonl` of a release in the layout `flac`: mixtures without references."""
    manifest = root / "manifest.jsonl"
    if not manifest.is_file():
        return gather_real_m(root)
    rows, licences = [], set()
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            path = root / row["file"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputRefused(f'{manifest}, line {number}: no recording with a "file" ({error}).') from error
        if not path.is_file():
            raise InputRefused(f"{manifest}, line {number}: {row['file']} is not in the release.")
        rows.append(ManifestRow(mixture=path))
        licences.add(str(row.get("licence", "")))
    licence = ", ".join(sorted(licences - {""})) or "see the release"
    return Gathered(licence=licence, mixtures={"realm": rows})


def gather_realm_corpus(root: Path) -> Gathered:
    """A corpus folder with `speech/manifest.csv`, as docs/modeling.md describes it."""
    find_corpus(root)
    clips: list[Clip] = [
        dataclasses.replace(clip, path=(root / clip.path).resolve()) for clip in read_all_clips(root)
    ]
    return Gathered(
        licence="see the manifests of the corpus",
        clips=clips,
        noises=[ListedNoise(path=root / noise.path, split=noise.split) for noise in read_all_noises(root)],
        rooms=[
            RoomResponse(path=root / room.path, room=room.room, split=room.split)
            for room in read_all_rooms(root)
        ],
    )
