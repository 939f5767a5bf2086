"""PIT SI-SNR against fast_bss_eval in one process on one thread, and what both make of the edge cases.

64 items of 2 sources of 4 s at 8 kHz; the two take turns, the least of `--rounds` CPU times counts. Runs in
.venv-peers (scripts/install_peers.sh), where both can be imported.
"""

from __future__ import annotations

import argparse

from benchmarks.peers_environment import run_among_peers
from benchmarks.report import Report, Target

TARGETS = {
    "pit_speedup": Target(at_least=1.0),
    "pit_training_speedup": Target(at_least=1.0),
    "pit_3_sources_speedup": Target(at_least=1.0),
    "pit_5_sources_speedup": Target(at_least=1.0),
    "largest_difference_db": Target(at_most=1e-3),
    "perfect_match_db": Target(at_least=99.0),
    "perfect_match_at_a_ten_thousandth_db": Target(at_least=99.0),
    "tiny_scale_error_db": Target(at_most=1e-4),
    "large_scale_error_db": Target(at_most=1e-4),
    "half_precision_error_db": Target(at_most=0.1),
    "silent_estimate_is_finite": Target(at_least=1),
    "silent_target_is_finite": Target(at_least=1),
    "one_silent_target_is_finite": Target(at_least=1),
    "perfect_match_is_finite": Target(at_least=1),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="turns that each side takes")


def run(arguments: argparse.Namespace) -> Report:
    figures = run_among_peers("benchmarks.loss_timing", "--rounds", str(arguments.rounds))
    return Report(figures=figures, targets=TARGETS)
