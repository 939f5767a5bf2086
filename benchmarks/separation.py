"""Our separators beside SpeechBrain's on identical weights: speed, equality, and memory of a training step.

One run, two CPU cores, published sizes, a mixture of 4 s at 8 kHz; the two sides take turns and the least time of
`--rounds` counts. Runs in .venv-peers (scripts/install_peers.sh). `--device cuda` measures SepFormer on a GPU
instead: batches of unequal lengths in bf16.
"""

from __future__ import annotations

import argparse

from benchmarks.peers_environment import as_options, run_among_peers
from benchmarks.report import CannotRun, Report, Target

CPU_TARGETS = {
    "sepformer_speedup": Target(at_least=1.3),
    "convtasnet_speedup": Target(at_least=1.25),
    "resepformer_speedup": Target(at_least=1.3),
    "dprnn_speedup": Target(at_least=1.0),
    "max_relative_difference": Target(at_most=1e-5),
    "sepformer_training_memory_ratio": Target(at_most=0.60),
}
GPU_TARGETS = {
    "sepformer_mixtures_per_s": Target(at_least=400),
    "sepformer_bf16_si_snr_db": Target(at_least=40),
    "max_relative_difference_of_batching": Target(at_most=1e-4),
}
PEER_ON_GPU = {"sepformer_batched_speedup": Target(at_least=10)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns that each side takes")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length of the mixture")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="CPU threads of either side")
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu, with one thread, on a busy machine"
    )


def run(arguments: argparse.Namespace) -> Report:
    if arguments.device == "cuda":
        return _run_on_gpu(arguments)
    options = as_options(["rounds", "seconds", "threads", "clock"], arguments)
    figures = run_among_peers("benchmarks.separation_timing", *options)
    settings = {
        "threads": arguments.threads,
        "clock": arguments.clock,
        "gpu": "not run (ask with --device cuda)",
    }
    return Report(figures={**figures, **settings}, targets=CPU_TARGETS)


def _run_on_gpu(arguments: argparse.Namespace) -> Report:
    import torch

    from benchmarks.separation_on_gpu import measure

    if not torch.cuda.is_available():
        raise CannotRun("The GPU part was not run: PyTorch sees no GPU on this machine.")
    figures = measure(seconds=arguments.seconds, rounds=arguments.rounds)
    has_peer = "sepformer_batched_speedup" in figures
    return Report(figures=figures, targets={**GPU_TARGETS, **(PEER_ON_GPU if has_peer else {})})
