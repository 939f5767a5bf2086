"""What each separator costs: real-time factor, memory above the loaded network, parameters; random weights.

One process each, one thread, a mixture of 4 s at 8 kHz; CPU time counts, so that a busy machine matters little.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from benchmarks.peers_environment import as_options
from benchmarks.report import CannotRun, Figure, Report, progress
from modeling.catalog import MODELS
from modeling.models.configs import SeparatorConfig

SEPARATORS = [name for name, entry in MODELS.items() if issubclass(entry.config, SeparatorConfig)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models", nargs="+", default=SEPARATORS, metavar="NAME", help="default: all separators"
    )
    parser.add_argument(
        "--size",
        choices=("small", "published"),
        default="small",
        help="of the small runs (default), or published",
    )
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length of the mixture")
    parser.add_argument(
        "--rounds", type=int, default=3, metavar="N", help="passes, of which the fastest counts"
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="CPU threads; the time is their sum"
    )


def run(arguments: argparse.Namespace) -> Report:
    unknown = [name for name in arguments.models if name not in SEPARATORS]
    if unknown:
        raise CannotRun(f"There is no separator {unknown[0]!r}; there are {', '.join(SEPARATORS)}.")
    options = as_options(["size", "seconds", "rounds", "threads"], arguments)
    figures: dict[str, Figure] = {}
    for model in arguments.models:
        measured = _measured(model, options)
        progress(
            f"{model}: {measured['parameters'] / 1e6:.2f} M parameters, "
            f"{measured['real_time_factor']:.3f} s for a second, {measured['peak_mb']:.0f} MB"
        )
        figures |= {f"{model}_{name}": value for name, value in measured.items()}
    return Report(figures={**figures, "size": arguments.size, "threads": arguments.threads}, targets={})


def _measured(model: str, options: list[str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.separator_timing", "--model", model, *options]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode != 0:
        raise CannotRun(f"{' '.join(command)} ended with status {finished.returncode}.")
    measured: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return measured
