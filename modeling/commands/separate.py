"""Separate mixtures into one file per speaker; one JSON object a line.

python -m modeling separate mix.wav --out stems/
python -m modeling separate recordings/ --out stems/ --rate keep
"""

from __future__ import annotations

import argparse
from pathlib import Path
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
)
from modeling.commands.options import (
    add_bundle_option,
    add_engine_options,
    bundle_path,
    print_row,
    start_engine,
)
from modeling.manifest import ManifestRow

if TYPE_CHECKING:
    from modeling.separating import Outcome, SeparationChoices


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the stems")
    add_stem_options(parser)
    add_bundle_option(parser, "separator")
    add_engine_options(parser)


def add_stem_options(parser: argparse.ArgumentParser) -> None:
    """What `separate` and `evaluate` ask about the stems they write."""
    parser.add_argument(
        "--rate",
        choices=("model", "keep"),
        default="model",
        help="sample rate of the stems: the bundle's (default) or the mixture's",
    )
    parser.add_argument(
        "--mixture-consistency",
        action="store_true",
        help="share what the stems leave of the mixture equally among them, so that they add up to it",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="bfloat16 is faster on a GPU, at about 40 dB below the stems (default: float32)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace stems that exist already")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when every mixture was separated, 1 when some were not."""
    rows = input_rows(arguments)
    refuse_equal_names(rows)
    bundle = bundle_path(arguments, "separator")
    engine = start_engine(arguments)
    outcomes = engine.separate_files(
        [row.mixture for row in rows],
        bundle_path=bundle,
        choices=separation_choices(arguments, out_dir=arguments.out),
    )
    name = read_bundle(bundle).name
    failures = 0
    for row, outcome in zip(rows, with_progress(outcomes, total=len(rows)), strict=True):
        failures += outcome.error is not None
        print_row(_separated_row(row, outcome, bundle_name=name))
    return 1 if failures else 0


def separation_choices(arguments: argparse.Namespace, *, out_dir: Path) -> SeparationChoices:
    """The stem options of a command line as the engine takes them."""
    from modeling.separating import SeparationChoices

    return SeparationChoices(
        out_dir=out_dir,
        output_rate=arguments.rate,
        is_consistent=arguments.mixture_consistency,
        precision=arguments.precision,
        is_overwriting=arguments.overwrite,
    )


def _separated_row(row: ManifestRow, outcome: Outcome, *, bundle_name: str) -> dict[str, object]:
    """What was given with the mixture stays with it, so that the lines printed are a manifest again."""
    if outcome.error is not None:
        return error_row(row.mixture, outcome.error)
    given: dict[str, object] = {"references": printed_paths(row.references)} if row.references else {}
    if row.convention is not None:
        given["convention"] = row.convention
    return {
        "mixture": printed_path(row.mixture),
        "stems": printed_paths(outcome.stems),
        **given,
        "sample_rate_hz": outcome.sample_rate_hz,
        "bundle": bundle_name,
    }
