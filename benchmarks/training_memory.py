"""Peak memory of one training step of SepFormer over the loaded model, ours or SpeechBrain's; one JSON line."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.peers import build_peer
from modeling.losses import pit_si_snr_loss
from modeling.models.sepformer import SepformerConfig, SepformerSeparator

RATE_HZ = 8000


def resident_mb(field: str) -> float:
    """`VmRSS` (now) or `VmHWM` (the peak so far) of this process, in megabytes; Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/self/status has no {field}")


def build(side: str) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """The published SepFormer of one side, ready to be trained, and how it is run."""
    if side == "ours":
        ours = SepformerSeparator(SepformerConfig())
        return ours, ours
    theirs = build_peer("speechbrain_sepformer")
    return theirs.network.requires_grad_(True), theirs.run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=("ours", "theirs"), required=True)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network, separate = build(arguments.side)
    network.train()
    samples = int(arguments.seconds * RATE_HZ)
    references_bct = 0.1 * torch.randn(1, 2, samples)
    mix_bt = references_bct.sum(dim=1)
    loaded_mb = resident_mb("VmRSS")
    started = time.perf_counter()
    loss = pit_si_snr_loss(estimate=separate(mix_bt), reference=references_bct)
    loss.backward()  # type: ignore[no-untyped-call]
    step_s = time.perf_counter() - started
    print(json.dumps({"peak_mb": resident_mb("VmHWM") - loaded_mb, "step_s": step_s}))


if __name__ == "__main__":
    main()
