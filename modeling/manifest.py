"""Rows of a modeling manifest (JSON lines): a mixture with its stems, references and target convention."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from modeling.errors import InputRefused

Convention = Literal["dry", "early", "reverberant"]
"""What a reference is: the voice before the room, with its early reflections, or as at the microphone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One mixture; paths are relative to the manifest's folder or absolute."""

    mixture: Path
    stems: tuple[Path, ...] = ()
    references: tuple[Path, ...] = ()
    convention: Convention | None = None

    def to_json(self) -> str:
        row: dict[str, object] = {"mixture": str(self.mixture)}
        if self.stems:
            row["stems"] = [str(path) for path in self.stems]
        if self.references:
            row["references"] = [str(path) for path in self.references]
        if self.convention is not None:
            row["convention"] = self.convention
        return json.dumps(row, ensure_ascii=False, sort_keys=True)


def read_manifest(path: Path) -> Iterator[ManifestRow]:
    """Read rows one by one; a wrong line is refused with its number."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputRefused(f"There is no manifest {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"The manifest {path} cannot be read: {error}.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield parse_row(line, where=f"{path}, line {number}", folder=path.parent)


def parse_row(line: str, *, where: str, folder: Path) -> ManifestRow:
    """Parse one JSON object; `where` names it in a refusal, `folder` anchors relative paths."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputRefused(f"{where}: this is not a JSON object ({error.msg}).") from error
    if not isinstance(row, dict) or not isinstance(row.get("mixture"), str):
        raise InputRefused(f'{where}: "mixture" must be the path of an audio file.')
    return ManifestRow(
        mixture=folder / row["mixture"],
        stems=_parse_paths(row.get("stems", []), field="stems", where=where, folder=folder),
        references=_parse_paths(row.get("references", []), field="references", where=where, folder=folder),
        convention=_parse_convention(row.get("convention"), where=where),
    )


def _parse_paths(value: object, *, field: str, where: str, folder: Path) -> tuple[Path, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputRefused(f'{where}: "{field}" must be a list of paths, not {value!r}.')
    return tuple(folder / item for item in value)


def as_convention(value: object) -> Convention | None:
    """Narrow a value from outside to a convention; None when it is none of the known ones."""
    match value:
        case "dry":
            return "dry"
        case "early":
            return "early"
        case "reverberant":
            return "reverberant"
    return None


def _parse_convention(value: object, *, where: str) -> Convention | None:
    convention = as_convention(value)
    if convention is None and value is not None:
        raise InputRefused(f'{where}: "convention" must be dry, early or reverberant, not {value!r}.')
    return convention
