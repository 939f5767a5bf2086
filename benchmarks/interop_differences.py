"""The part of the interop benchmark that needs the toolkits: relative difference of each imported architecture."""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.peers import PEERS, PeerModel, build_peer
from benchmarks.peers_environment import print_figures
from benchmarks.report import CannotRun, Figure, progress
from modeling.__main__ import main as modeling_command
from modeling.building import load_model
from modeling.bundles import read_bundle

RATE_HZ = 8000


def imported(model: PeerModel, folder: Path) -> nn.Module:
    """Save a peer as its toolkit does, import it with the command, load the bundle as every command does."""
    source = model.save(folder / "theirs")
    options = [f"--set={name}={value}" for name, value in model.settings.items()]
    command = ["import", str(source), "--from", model.peer, "--out", str(folder / "ours"), *options]
    with contextlib.redirect_stdout(io.StringIO()):
        status = modeling_command(command)
    if status != 0:
        raise CannotRun(f"python -m modeling {' '.join(command)} ended with status {status}.")
    return load_model(read_bundle(folder / "ours"), device=torch.device("cpu"))


def relative_difference(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@torch.inference_mode()
def measure(architecture: str, *, size: str, seconds: float) -> float:
    """The relative difference of one architecture on one mixture of noise."""
    theirs = build_peer(architecture, "small" if size == "small" else "published")
    samples = int(seconds * RATE_HZ)
    generator = torch.Generator().manual_seed(1)
    mix_bt = 0.1 * torch.randn(1, samples, generator=generator)
    stems_bct = 0.1 * torch.randn(1, 2, samples, generator=generator)
    inputs = (mix_bt, stems_bct) if architecture.endswith("sisnr_estimator") else (mix_bt,)
    with tempfile.TemporaryDirectory() as folder:
        ours = imported(theirs, Path(folder))
    return relative_difference(ours(*inputs), theirs.run(*inputs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--size", default="published")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # nothing is timed here, and a busy machine loses more by waiting threads
    figures: dict[str, Figure] = {}
    for architecture in PEERS:
        figures[architecture] = measure(architecture, size=arguments.size, seconds=arguments.seconds)
        progress(f"{architecture}: {figures[architecture]:.1e}")
    print_figures(figures)


if __name__ == "__main__":
    main()
