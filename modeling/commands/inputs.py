"""What a command works on: files, folders and manifests, in one list of rows; and the bar that shows how far it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from modeling.errors import InputRefused, ModelingError
from modeling.manifest import ManifestRow, read_manifest

T = TypeVar("T")

AUDIO_SUFFIXES = {".aif", ".aiff", ".flac", ".mp3", ".ogg", ".opus", ".wav"}
MANIFEST_SUFFIX = ".jsonl"


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, folders and manifests, as every command takes them."""
    parser.add_argument(
        "inputs",
        nargs="*",
        type=Path,
        metavar="INPUT",
        help="audio files, folders of them, or manifests (.jsonl)",
    )
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE.jsonl", help='lines with {"mixture": path, ..}'
    )


def input_rows(arguments: argparse.Namespace) -> list[ManifestRow]:
    """The rows of all inputs in the order given; refuses an empty list."""
    rows = [row for path in arguments.inputs for row in _rows_of(path)]
    if arguments.manifest is not None:
        rows += _rows_of_manifest(arguments.manifest)
    if not rows:
        raise InputRefused(
            "No mixture was given: name audio files or a folder of them, or pass --manifest FILE.jsonl."
        )
    return rows


def refuse_equal_names(rows: Sequence[ManifestRow]) -> None:
    """Refuse mixtures whose stems would go into one folder under one name."""
    first: dict[str, Path] = {}
    for row in rows:
        name = row.mixture.stem
        if name in first:
            raise InputRefused(
                f"{first[name]} and {row.mixture} are both named {name!r}: their stems would overwrite each other. "
                "Separate them in two calls with different --out folders."
            )
        first[name] = row.mixture


def with_progress(items: Iterable[T], *, total: int) -> Iterator[T]:
    """Show a bar with the time left on standard error, when there are several items and somebody looks."""
    from tqdm import tqdm

    with tqdm(items, total=total, unit="file", disable=None if total > 1 else True) as bar:
        yield from bar


def error_row(mixture: Path, error: ModelingError) -> dict[str, object]:
    """The line printed for a mixture that failed."""
    return {"mixture": printed_path(mixture), "error": str(error), "kind": error.kind}


def printed_path(path: Path) -> str:
    """Absolute, since a printed line is read as a manifest again from whatever folder it was saved to."""
    return str(path.absolute())


def printed_paths(paths: Iterable[Path]) -> list[str]:
    """As `printed_path`, for several."""
    return [printed_path(path) for path in paths]


def with_stems(row: ManifestRow, stems: Sequence[Path]) -> ManifestRow:
    return replace(row, stems=tuple(stems))


def _rows_of(path: Path) -> Iterator[ManifestRow]:
    if path.suffix == MANIFEST_SUFFIX:
        yield from _rows_of_manifest(path)
    elif path.is_dir():
        yield from _rows_of_folder(path)
    else:
        yield ManifestRow(mixture=path)


def _rows_of_folder(folder: Path) -> Iterator[ManifestRow]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES)
    if not files:
        raise InputRefused(
            f"The folder {folder} holds no audio files ({', '.join(sorted(AUDIO_SUFFIXES))}); folders in it are "
            "not searched."
        )
    yield from (ManifestRow(mixture=path) for path in files)


def _rows_of_manifest(path: Path) -> list[ManifestRow]:
    rows = list(read_manifest(path))
    if not rows:
        raise InputRefused(
            f'The manifest {path} is empty: write one JSON object a line, such as {{"mixture": "a.wav"}}.'
        )
    return rows
