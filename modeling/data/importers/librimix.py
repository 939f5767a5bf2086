"""LibriMix: the metadata of its generated folders, or its recipe tables beside LibriSpeech and WHAM! noise.

Generated: `Libri2Mix/wav8k/min/metadata/mixture_dev_mix_clean.csv` with the paths of mixtures and sources.
Recipes: `metadata/Libri2Mix/libri2mix_dev-clean.csv` with `source_1_path` below `LibriSpeech/` and `noise_path`
below `wham_noise/`, both expected next to `metadata/`; these give the utterances for dynamic mixing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from modeling.data.corpus import Clip, ListedNoise
from modeling.data.importers.gathering import Gathered, duration_s, found_below
from modeling.data.importers.librispeech import SPLITS, read_sexes
from modeling.errors import InputRefused
from modeling.manifest import ManifestRow

LICENCE = "speech: LibriSpeech, CC BY 4.0; noise: WHAM!, CC BY-NC 4.0 (not for commercial use)"
GENERATED, RECIPES = "**/metadata/mixture_*.csv", "**/metadata/Libri*Mix/libri*mix_*.csv"


def gather_librimix(root: Path) -> Gathered:
    """Manifests and clips of a generated LibriMix; of a recipe folder, its utterances and noises."""
    tables = found_below(root, GENERATED, RECIPES, what="LibriMix")
    generated = [table for table in tables if table.name.startswith("mixture_")]
    if generated:
        return _gather_generated(root, generated)
    return _gather_recipes(root, [table for table in tables if not table.stem.endswith("_info")])


def _gather_generated(root: Path, tables: list[Path]) -> Gathered:
    mixtures: dict[str, list[ManifestRow]] = {}
    clips: dict[str, Clip] = {}
    sexes = read_sexes(root / "LibriSpeech" / "SPEAKERS.TXT")
    for table in tables:
        split = _split(table.stem.removeprefix("mixture_"), table)
        name = "-".join([*table.parts[-5:-2], table.stem.removeprefix("mixture_")]).lower()
        rows = mixtures.setdefault(name, [])
        for number, row in _rows(table):
            where = f"{table}, line {number}"
            references = tuple(_placed(root, row[key], where) for key in _source_columns(row))
            rows.append(
                ManifestRow(
                    mixture=_placed(root, _value(row, "mixture_path", where), where),
                    references=references,
                    convention="dry",
                )
            )
            for utterance, path in zip(_value(row, "mixture_ID", where).split("_"), references, strict=False):
                if utterance not in clips:
                    clips[utterance] = _clip(path, utterance, split=split, sexes=sexes)
    return Gathered(licence=LICENCE, clips=list(clips.values()), mixtures=mixtures)


def _gather_recipes(root: Path, tables: list[Path]) -> Gathered:
    clips: dict[Path, Clip] = {}
    noises: dict[Path, ListedNoise] = {}
    for table in tables:
        base = table.parents[2]
        sexes = read_sexes(base / "LibriSpeech" / "SPEAKERS.TXT")
        split = _split(table.stem.partition("_")[2], table)
        for number, row in _rows(table):
            where = f"{table}, line {number}"
            for key in _source_columns(row):
                path = base / "LibriSpeech" / row[key]
                if path not in clips:
                    _refuse_missing(path, where)
                    clips[path] = _clip(path, path.stem, split=split, sexes=sexes)
            if row.get("noise_path"):
                path = base / "wham_noise" / row["noise_path"]
                _refuse_missing(path, where)
                noises.setdefault(path, ListedNoise(path=path, split=split))
    return Gathered(licence=LICENCE, clips=list(clips.values()), noises=list(noises.values()))


def _clip(path: Path, utterance: str, *, split: str, sexes: dict[str, str]) -> Clip:
    speaker = utterance.partition("-")[0]
    return Clip(
        path=path,
        speaker_id=f"libri_{speaker}",
        split=split,
        duration_s=duration_s(path),
        gender=sexes.get(speaker, ""),
    )


def _source_columns(row: dict[str, str]) -> list[str]:
    return sorted(key for key in row if re.fullmatch(r"source_\d+_path", key) and row[key])


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with table.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if not any(re.fullmatch(r"source_\d+_path", name) for name in reader.fieldnames or ()):
            raise InputRefused(f"{table} has no columns source_1_path, source_2_path: is it from LibriMix?")
        yield from enumerate(reader, start=2)


def _value(row: dict[str, str], name: str, where: str) -> str:
    if not row.get(name):
        raise InputRefused(f'{where}: "{name}" must be filled in.')
    return row[name]


def _placed(root: Path, text: str, where: str) -> Path:
    """A path as the table has it, or below `root` where the data set was moved since it was generated."""
    path = Path(text)
    if path.is_file():
        return path
    for start in range(1, len(path.parts)):
        candidate = root.joinpath(*path.parts[start:])
        if candidate.is_file():
            return candidate
    raise InputRefused(f"{where}: {text} is neither there nor below {root}.")


def _refuse_missing(path: Path, where: str) -> None:
    if not path.is_file():
        raise InputRefused(
            f"{where}: {path} is missing; LibriSpeech/ and wham_noise/ belong next to metadata/."
        )


def _split(name: str, table: Path) -> str:
    split = SPLITS.get(re.split(r"[-_]", name)[0])
    if split is None:
        raise InputRefused(f"{table}: the file name says none of train, dev and test.")
    return split
