"""The part of the separation benchmark that needs SpeechBrain: both sides in one process, taking turns."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.interop_differences import imported, relative_difference
from benchmarks.peers import build_peer
from benchmarks.peers_environment import print_figures
from benchmarks.report import Figure, progress

Clock = Callable[[], float]

RATE_HZ = 8000
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
ARCHITECTURES = {
    "sepformer": "speechbrain_sepformer",
    # The recipe says `causal: True`; the other variant is measured beside it.
    "convtasnet": "speechbrain_conv_tasnet_causal",
    "convtasnet_noncausal": "speechbrain_conv_tasnet",
    "resepformer": "speechbrain_re_sepformer",
    "dprnn": "speechbrain_dprnn",
}


def least_seconds(sides: dict[str, Callable[[], object]], *, rounds: int, clock: Clock) -> dict[str, float]:
    """The shortest of `rounds` runs of each side; they take turns, so that the machine's load meets all alike."""
    least = dict.fromkeys(sides, float("inf"))
    for _ in range(rounds):
        for name, work in sides.items():
            started = clock()
            work()
            least[name] = min(least[name], clock() - started)
    return least


@torch.inference_mode()
def compare(name: str, *, rounds: int, seconds: float, clock: Clock) -> dict[str, Figure]:
    """Seconds of both sides, their ratio, and how far the outputs differ, for one architecture."""
    theirs = build_peer(ARCHITECTURES[name])
    with tempfile.TemporaryDirectory() as folder:
        ours = imported(theirs, Path(folder))
    mix_bt = 0.1 * torch.randn(1, int(seconds * RATE_HZ), generator=torch.Generator().manual_seed(1))
    difference = relative_difference(ours(mix_bt), theirs.run(mix_bt))
    sides = {"ours": lambda: ours(mix_bt), "theirs": lambda: theirs.run(mix_bt)}
    least = least_seconds(sides, rounds=rounds, clock=clock)
    return {
        f"{name}_speedup": least["theirs"] / least["ours"],
        f"{name}_s": least["ours"],
        f"{name}_peer_s": least["theirs"],
        f"{name}_real_time_factor": least["ours"] / seconds,
        f"{name}_relative_difference": difference,
    }


def training_step(side: str, *, seconds: float, threads: int) -> dict[str, float]:
    """Memory and time of one training step in a process of its own, where nothing else has raised the peak."""
    options = ["--side", side, "--seconds", str(seconds), "--threads", str(threads)]
    command = [sys.executable, "-m", "benchmarks.training_memory", *options]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    step: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--clock", choices=CLOCKS, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    figures: dict[str, Figure] = {}
    for name in ARCHITECTURES:
        figures |= compare(
            name, rounds=arguments.rounds, seconds=arguments.seconds, clock=CLOCKS[arguments.clock]
        )
        progress(f"{name}: {figures[f'{name}_speedup']:.2f} times as fast")
    differences = [float(value) for name, value in figures.items() if name.endswith("_relative_difference")]
    figures["max_relative_difference"] = max(differences)
    ours, theirs = (
        training_step(side, seconds=arguments.seconds, threads=arguments.threads)
        for side in ("ours", "theirs")
    )
    figures["sepformer_training_memory_ratio"] = ours["peak_mb"] / theirs["peak_mb"]
    figures |= {f"sepformer_training_{name}": value for name, value in ours.items()}
    figures |= {f"sepformer_training_peer_{name}": value for name, value in theirs.items()}
    print_figures(figures)


if __name__ == "__main__":
    main()
