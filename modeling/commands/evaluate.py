"""Separate mixtures, or take their stems, and score them against references; JSON lines, a summary last.

python -m modeling evaluate rows.jsonl --bundle DIR
python -m modeling evaluate mix.wav --references a.wav b.wav --pesq --stoi
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from modeling.bundles import read_bundle
from modeling.commands.inputs import (
    add_input_arguments,
    error_row,
    input_rows,
    printed_path,
    printed_paths,
    refuse_equal_names,
    with_progress,
    with_stems,
)
from modeling.commands.options import (
    add_bundle_option,
    add_engine_options,
    bundle_path,
    print_row,
    start_engine,
)
from modeling.commands.separate import add_stem_options, separation_choices
from modeling.errors import InputRefused, ModelingError
from modeling.manifest import ManifestRow

if TYPE_CHECKING:
    from modeling.listening_scores import Score
    from modeling.scoring import Figures

LISTENING = ("pesq", "stoi")

Ready = ManifestRow | ModelingError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "--references", nargs="+", type=Path, default=[], metavar="FILE", help="of a single mixture"
    )
    parser.add_argument(
        "--stems", nargs="+", type=Path, default=[], metavar="FILE", help="of a single mixture"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep the stems in this folder (default: they are not kept)"
    )
    for name in LISTENING:
        parser.add_argument(f"--{name}", action="store_true", help=f"{name.upper()} as well")
    add_stem_options(parser)
    add_bundle_option(parser, "separator")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when every row was scored (or has no references), 1 when some were not."""
    from modeling.listening_scores import find_scores
    from modeling.scoring import summarise

    rows = _rows(arguments)
    listening = find_scores([name for name in LISTENING if getattr(arguments, name)])
    scored: list[Figures] = []
    failures = 0
    with ExitStack() as stack:
        ready = _with_stems(arguments, rows, stack)
        for row, prepared in zip(rows, with_progress(ready, total=len(rows)), strict=True):
            try:
                line, figures = _scored_row(prepared, listening)
            except ModelingError as error:
                failures += 1
                line, figures = error_row(row.mixture, error), None
            if not row.stems and arguments.out is None:
                # They go with their folder: a path to nothing would look like a result.
                line.pop("stems", None)
            print_row(line)
            scored += [figures] if figures else []
    print_row({"summary": summarise(scored), "scored": len(scored), "failed": failures})
    return 1 if failures else 0


def _rows(arguments: argparse.Namespace) -> list[ManifestRow]:
    rows = input_rows(arguments)
    references, stems = tuple(arguments.references), tuple(arguments.stems)
    if references or stems:
        if len(rows) != 1:
            raise InputRefused(
                f"--references and --stems belong to one mixture, but {len(rows)} were given: use a manifest."
            )
        rows = [replace(rows[0], references=references or rows[0].references, stems=stems or rows[0].stems)]
    if not any(row.references for row in rows):
        raise InputRefused(
            "No references were given to score against: pass --references, or a manifest whose rows name them."
        )
    return rows


def _with_stems(
    arguments: argparse.Namespace, rows: Sequence[ManifestRow], stack: ExitStack
) -> Iterator[Ready]:
    """Each row with its stems: those it names, or new ones."""
    without = [row for row in rows if not row.stems]
    if not without:
        yield from rows
        return
    refuse_equal_names(without)
    bundle = read_bundle(bundle_path(arguments, "separator"))
    folder = arguments.out or Path(stack.enter_context(TemporaryDirectory(prefix="stems-")))
    outcomes = start_engine(arguments).separate_files(
        [row.mixture for row in without],
        bundle_path=bundle.path,
        choices=separation_choices(arguments, out_dir=folder),
    )
    for row in rows:
        if row.stems:
            yield row
            continue
        outcome = next(outcomes)
        yield outcome.error or with_stems(row, outcome.stems)


def _scored_row(prepared: Ready, listening: dict[str, Score]) -> tuple[dict[str, object], Figures | None]:
    from modeling.scoring import score_files

    if isinstance(prepared, ModelingError):
        raise prepared
    line: dict[str, object] = {"mixture": printed_path(prepared.mixture)}
    if not prepared.references:
        return {**line, "stems": printed_paths(prepared.stems)}, None
    scored = score_files(
        prepared.mixture, stems=prepared.stems, references=prepared.references, listening=listening
    )
    line |= {"stems": printed_paths(scored.stems)}
    line |= {"references": printed_paths(prepared.references), "convention": prepared.convention}
    return {**line, **scored.figures}, scored.figures
