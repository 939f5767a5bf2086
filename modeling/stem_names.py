"""Finding the stems that `separate` wrote for a mixture: `NAME_stem1.flac`, `NAME_stem2.flac` and so on."""

from __future__ import annotations

import re
from pathlib import Path

from modeling.errors import InputRefused

_STEM = re.compile(r"(?P<name>.+)_stem(?P<number>[1-9][0-9]*)\.(flac|wav)")


def is_stem(path: Path) -> bool:
    """Whether a file is named as a separated stem, `NAME_stem1.flac`."""
    return _STEM.fullmatch(path.name) is not None


def has_stems(mixture: Path, *, folder: Path) -> bool:
    """Whether stems of this mixture lie in the folder."""
    return bool(_numbered(mixture, folder))


def find_stems(mixture: Path, *, folder: Path) -> tuple[Path, ...]:
    """Stems of a mixture in a folder, in the order of their numbers; empty where there are none."""
    found: dict[int, Path] = {}
    for number, path in _numbered(mixture, folder):
        if number in found:
            raise InputRefused(f"{found[number]} and {path} are both stem {number}: remove one of them.")
        found[number] = path
    missing = sorted(set(range(1, max(found, default=0) + 1)) - set(found))
    if missing:
        raise InputRefused(f"Stem {missing[0]} of {mixture} is missing in {folder}, which has {len(found)}.")
    return tuple(found[number] for number in sorted(found))


def _numbered(mixture: Path, folder: Path) -> list[tuple[int, Path]]:
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    matches = [(path, _STEM.fullmatch(path.name)) for path in paths]
    return [
        (int(match["number"]), path) for path, match in matches if match and match["name"] == mixture.stem
    ]
