"""Real-time factor, peak memory and parameters of one separator with random weights; one JSON line."""

from __future__ import annotations

import argparse
import json
import time

import torch

from benchmarks.training_memory import resident_mb
from modeling.building import build_model
from modeling.catalog import MODELS
from modeling.models.configs import ModelConfig
from modeling.runs import RUNS

RATE_HZ = 8000
SMALL_RUNS = {
    "band_split": "band_split_small",
    "blstm": "blstm_clean",
    "conv_tasnet": "conv_tasnet_small",
    "deep_clustering": "deep_clustering_small",
    "dprnn": "dprnn_small",
    "re_sepformer": "pool_re_sepformer",
    "sepformer": "sepformer_small",
    "tf_gridnet": "tf_gridnet_small",
}
"""Runs whose networks suit a small corpus and a CPU; the others are measured at their published size."""


def config_of(model: str, size: str) -> ModelConfig:
    """The network of the model's small run, or its Config's defaults."""
    if size == "small" and model in SMALL_RUNS:
        return RUNS[SMALL_RUNS[model]]().model
    return MODELS[model].config()


@torch.inference_mode()
def measure(model: str, *, size: str, seconds: float, rounds: int) -> dict[str, float]:
    """The least CPU time of `rounds` passes over a mixture of noise, after one that is not counted."""
    network = build_model(config_of(model, size)).eval().requires_grad_(False)
    mix_bt = 0.1 * torch.randn(1, int(seconds * RATE_HZ), generator=torch.Generator().manual_seed(1))
    loaded_mb, least_s = resident_mb("VmRSS"), float("inf")
    for turn in range(rounds + 1):
        started = time.process_time()
        network(mix_bt)
        if turn > 0:
            least_s = min(least_s, time.process_time() - started)
    return {
        "parameters": sum(value.numel() for value in network.parameters()),
        "real_time_factor": least_s / seconds,
        "peak_mb": resident_mb("VmHWM") - loaded_mb,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--size", choices=("small", "published"), required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        json.dumps(
            measure(arguments.model, size=arguments.size, seconds=arguments.seconds, rounds=arguments.rounds)
        )
    )


if __name__ == "__main__":
    main()
