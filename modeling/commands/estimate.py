"""Estimate the SI-SNR of stems without references; one JSON object a line.

python -m modeling estimate mix.wav --stems stem1.wav stem2.wav
"""

from __future__ import annotations

import argparse
from pathlib import Path

from modeling.commands.options import (
    add_bundle_option,
    add_engine_options,
    bundle_path,
    print_row,
    start_engine,
)
from modeling.errors import InputRefused
from modeling.manifest import ManifestRow, read_manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mixture", nargs="?", type=Path, metavar="MIXTURE", help="the mixture's audio file")
    parser.add_argument(
        "--stems", nargs="+", type=Path, default=[], metavar="STEM", help="its separated stems"
    )
    parser.add_argument("--manifest", type=Path, metavar="FILE.jsonl", help='lines with {"mixture", "stems"}')
    add_bundle_option(parser, "estimator")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    rows = _rows(arguments)
    bundle = bundle_path(arguments, "estimator")
    engine = start_engine(arguments)
    for row in rows:
        estimates = engine.estimate_files(row.mixture, list(row.stems), bundle_path=bundle)
        print_row(
            {
                "mixture": str(row.mixture),
                "stems": [str(path) for path in row.stems],
                **estimates.to_row(),
            }
        )
    return 0


def _rows(arguments: argparse.Namespace) -> list[ManifestRow]:
    if (arguments.mixture is None) == (arguments.manifest is None):
        raise InputRefused("Give either one MIXTURE with --stems, or --manifest FILE.jsonl.")
    if arguments.manifest is not None:
        return list(read_manifest(arguments.manifest))
    return [ManifestRow(mixture=arguments.mixture, stems=tuple(arguments.stems))]
