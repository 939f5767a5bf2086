"""Estimate the SI-SNR of stems without references; one JSON object a line.

python -m modeling estimate mix.wav --stems stem1.wav stem2.wav
python -m modeling estimate recordings/ --stems stems/ --curve
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
from modeling.stem_names import find_stems, has_stems, is_stem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "--stems",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE|DIR",
        help="stems of a single mixture, or the folder that `separate` wrote stems to "
        "(default: beside each mixture)",
    )
    parser.add_argument("--curve", action="store_true", help="the headline figure of every second as well")
    add_bundle_option(parser, "estimator")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when every row was estimated, 1 when some were not."""
    rows, folder = _rows(arguments), _stem_folder(arguments.stems)
    bundle = bundle_of_kind(bundle_path(arguments, "estimator"), "estimator")
    engine = start_engine(arguments)
    failures = 0
    for row in with_progress(rows, total=len(rows)):
        try:
            stems = row.stems or find_stems(row.mixture, folder=folder or row.mixture.parent)
            estimates = engine.estimate_files(
                row.mixture, list(stems), bundle_path=bundle.path, has_curve=arguments.curve
            )
        except ModelingError as error:
            failures += 1
            print_row(error_row(row.mixture, error))
            continue
        print_row({"mixture": printed_path(row.mixture), "stems": printed_paths(stems), **estimates.to_row()})
    return 1 if failures else 0


def _rows(arguments: argparse.Namespace) -> list[ManifestRow]:
    folder = _stem_folder(arguments.stems)
    # Stems that lie in a folder beside their mixtures are no mixtures themselves.
    rows = [
        row
        for row in input_rows(arguments)
        if not (is_stem(row.mixture) and row.mixture.parent in arguments.inputs)
    ]
    if arguments.stems and folder is None:
        if len(rows) != 1:
            raise InputRefused(f"--stems belong to one mixture, but {len(rows)} were given: use a manifest.")
        return [replace(rows[0], stems=tuple(arguments.stems))]
    if not any(row.stems or has_stems(row.mixture, folder=folder or row.mixture.parent) for row in rows):
        raise InputRefused(
            "No stems were given to estimate: pass --stems, or a folder where NAME_stem1.flac lies beside NAME.wav, "
            "or a manifest whose rows name them, such as the lines that python -m modeling separate prints."
        )
    return rows


def _stem_folder(stems: list[Path]) -> Path | None:
    folders = [path for path in stems if path.is_dir()]
    if folders and len(stems) > 1:
        raise InputRefused(
            f"--stems wants stems, or one folder of them: {folders[0]} is a folder among them."
        )
    return folders[0] if folders else None
