"""Estimate the SI-SNR of stems without references; one JSON object a line.

python -m modeling estimate mix.wav --stems stem1.wav stem2.wav
python -m modeling estimate rows.jsonl
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from modeling.bundles import bundle_of_kind
from modeling.commands.inputs import (
    add_input_arguments,
    error_row,
    input_rows,
    printed_path,
    printed_paths,
    with_progress,
)
from modeling.commands.options import (
    add_bundle_option,
    add_engine_options,
    bundle_path,
    print_row,
    start_engine,
)
from modeling.errors import InputRefused, ModelingError
from modeling.manifest import ManifestRow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "--stems", nargs="+", type=Path, default=[], metavar="FILE", help="of a single mixture"
    )
    add_bundle_option(parser, "estimator")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when every row was estimated, 1 when some were not."""
    rows = _rows(arguments)
    bundle = bundle_of_kind(bundle_path(arguments, "estimator"), "estimator")
    engine = start_engine(arguments)
    failures = 0
    for row in with_progress(rows, total=len(rows)):
        try:
            estimates = engine.estimate_files(row.mixture, list(row.stems), bundle_path=bundle.path).to_row()
        except ModelingError as error:
            failures += 1
            print_row(error_row(row.mixture, error))
            continue
        print_row({"mixture": printed_path(row.mixture), "stems": printed_paths(row.stems), **estimates})
    return 1 if failures else 0


def _rows(arguments: argparse.Namespace) -> list[ManifestRow]:
    rows = input_rows(arguments)
    if arguments.stems:
        if len(rows) != 1:
            raise InputRefused(f"--stems belong to one mixture, but {len(rows)} were given: use a manifest.")
        rows = [replace(rows[0], stems=tuple(arguments.stems))]
    if not any(row.stems for row in rows):
        raise InputRefused(
            "No stems were given to estimate: pass --stems, or a manifest whose rows name them, such as the lines "
            "that python -m modeling separate prints."
        )
    return rows
