"""Mixtures of unequal lengths in one padded batch against each alone: every separator, random weights.

`max_relative_difference` is the largest difference of any sample, relative to the peak of the item's own stems,
over all separators at small and published size. The size "published" takes shorter signals to stay affordable.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.report import CannotRun, Figure, Report, Target, progress
from modeling.building import build_model, pick_device
from modeling.catalog import MODELS
from modeling.errors import ModelingError
from modeling.models.configs import SeparatorConfig

TARGETS = {"max_relative_difference": Target(at_most=1e-5)}
RATE_HZ = 8000
LENGTHS_S = {"small": (2.0, 1.317, 0.5, 1.99), "published": (1.0, 0.6131)}
THROUGHPUT_S = (1.0, 0.9, 0.8, 0.7)
"""Lengths of the throughput figure: alike, as buckets are."""

SMALL: dict[str, dict[str, int]] = {
    "band_split": {"num_blocks": 2, "embedding_size": 16, "hidden_size": 16},
    "blstm": {"hidden_size": 32, "num_layers": 2},
    "conv_tasnet": {"num_filters": 64, "bottleneck_channels": 32, "hidden_channels": 64, "skip_channels": 32},
    "deep_clustering": {"hidden_size": 32, "dimensions": 10},
    "dprnn": {"filters": 32, "width": 32, "hidden_size": 16, "num_blocks": 2},
    "dptnet": {"filters": 32, "hidden_size": 32, "num_blocks": 2},
    "re_sepformer": {"width": 32, "feedforward_size": 64, "segment_layers": 2, "memory_layers": 2},
    "sepformer": {"filters": 32, "width": 32, "feedforward_size": 64, "intra_layers": 2, "inter_layers": 2},
    "sudo_rm_rf": {"num_filters": 64, "bottleneck_channels": 32, "hidden_channels": 64, "num_blocks": 4},
    "tf_gridnet": {"num_blocks": 2, "embedding_size": 16, "hidden_size": 16},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One separator at one size."""

    model: str
    size: str
    relative_difference: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", nargs="+", default=None, metavar="NAME", help="default: all separators")
    parser.add_argument("--sizes", nargs="+", choices=list(LENGTHS_S), default=list(LENGTHS_S))
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1, metavar="N")


def run(arguments: argparse.Namespace) -> Report:
    torch.set_num_threads(arguments.threads)
    separators = sorted(name for name, entry in MODELS.items() if entry.kind == "separator")
    unknown = set(arguments.models or []) - set(separators)
    if unknown:
        raise CannotRun(f"There is no separator {sorted(unknown)[0]!r}. Known: {', '.join(separators)}.")
    try:
        device = pick_device(arguments.device)
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    names = arguments.models or separators
    compared = [_compare(name, size, device) for name in names for size in arguments.sizes]
    ratios = {f"throughput_ratio_{name}": _throughput_ratio(name, device) for name in names}
    figures: dict[str, Figure] = {
        "max_relative_difference": max(each.relative_difference for each in compared),
        "separators": len(names),
        "device": device.type,
    }
    figures |= {
        f"relative_difference_{each.model}_{each.size}": each.relative_difference for each in compared
    }
    return Report(figures={**figures, **ratios}, targets=TARGETS)


@torch.inference_mode()
def _compare(name: str, size: str, device: torch.device) -> Compared:
    model = _build(name, size).to(device)
    mixtures = _mixtures(LENGTHS_S[size], device)
    together = _together(model, mixtures)
    differences = [
        _relative_difference(stems_ct, model(mix_t.unsqueeze(0))[0])
        for stems_ct, mix_t in zip(together, mixtures, strict=True)
    ]
    difference = max(differences)
    progress(f"{name} ({size}): {difference:.2e}")
    return Compared(model=name, size=size, relative_difference=difference)


def _relative_difference(padded_ct: Tensor, alone_ct: Tensor) -> float:
    """The largest difference, what stands past the end included; endless where there is nothing to compare."""
    samples = alone_ct.shape[1]
    worst = torch.cat([padded_ct[:, :samples] - alone_ct, padded_ct[:, samples:]], dim=1).abs().max()
    relative = float(worst / alone_ct.abs().max())
    return relative if math.isfinite(relative) else math.inf


@torch.inference_mode()
def _throughput_ratio(name: str, device: torch.device) -> float:
    """Seconds one by one over seconds together, at small size; above 1 the batch is faster."""
    model, mixtures = _build(name, "small").to(device), _mixtures(THROUGHPUT_S, device)
    alone_s, together_s = [], []
    for _ in range(3):
        alone_s.append(_timed(lambda: [model(mix_t.unsqueeze(0)) for mix_t in mixtures], device))
        together_s.append(_timed(lambda: _together(model, mixtures), device))
    return min(alone_s) / min(together_s)


def _timed(work: Callable[[], object], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _together(model: nn.Module, mixtures: Sequence[Tensor]) -> Tensor:
    lengths_b = torch.tensor([len(mix_t) for mix_t in mixtures], device=mixtures[0].device)
    stems_bct: Tensor = model(nn.utils.rnn.pad_sequence(list(mixtures), batch_first=True), lengths_b)
    return stems_bct


def _build(name: str, size: str) -> nn.Module:
    torch.manual_seed(0)
    config = MODELS[name].config(**(SMALL[name] if size == "small" else {}))
    if not isinstance(config, SeparatorConfig):
        raise CannotRun(f"{name} is no separator.")
    return build_model(config).eval()


def _mixtures(lengths_s: Sequence[float], device: torch.device) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    lengths = [int(length_s * RATE_HZ) for length_s in lengths_s]
    return [0.1 * torch.randn(length, generator=generator).to(device) for length in lengths]
