"""Separate mixtures into one file per speaker; one JSON object a line.

python -m modeling separate mix.wav --out stems/
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
from modeling.manifest import read_manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mixtures", nargs="*", type=Path, metavar="MIXTURE", help="audio files")
    parser.add_argument("--manifest", type=Path, metavar="FILE.jsonl", help='lines with {"mixture": path}')
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the stems")
    add_bundle_option(parser, "separator")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    mixtures = list(arguments.mixtures)
    if arguments.manifest is not None:
        mixtures += [row.mixture for row in read_manifest(arguments.manifest)]
    _refuse_bad_list(mixtures)
    bundle = bundle_path(arguments, "separator")
    engine = start_engine(arguments)
    for mixture in mixtures:
        separation = engine.separate_file(mixture, bundle_path=bundle, out_dir=arguments.out)
        print_row(
            {
                "mixture": str(mixture),
                "stems": [str(path) for path in separation.stems],
                "sample_rate_hz": separation.sample_rate_hz,
                "bundle": separation.bundle.name,
            }
        )
    return 0


def _refuse_bad_list(mixtures: list[Path]) -> None:
    if not mixtures:
        raise InputRefused("No mixture was given: name audio files or pass --manifest FILE.jsonl.")
    names = [path.stem for path in mixtures]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputRefused(
            f"Several mixtures are named {doubled[0]!r}: their stems would overwrite each other."
        )
