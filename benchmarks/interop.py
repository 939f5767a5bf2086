"""Every architecture that can be imported: saved by its toolkit, imported by the command, outputs compared.

Published sizes with random weights; the figure is the largest difference over the largest value of the peer's output.
Runs in .venv-peers (scripts/install_peers.sh).
"""

from __future__ import annotations

import argparse

from benchmarks.peers_environment import as_options, run_among_peers
from benchmarks.report import Report, Target

LARGEST_DIFFERENCE = 1e-5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="length of the mixture")
    parser.add_argument("--size", choices=("small", "published"), default="published")


def run(arguments: argparse.Namespace) -> Report:
    figures = run_among_peers("benchmarks.interop_differences", *as_options(["seconds", "size"], arguments))
    return Report(figures=figures, targets={name: Target(at_most=LARGEST_DIFFERENCE) for name in figures})
