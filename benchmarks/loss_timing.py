"""The part of the losses benchmark that runs beside fast_bss_eval: timings and edge cases as one JSON object."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from benchmarks.report import Figure
from modeling.losses import pit_si_snr_loss, si_snr_db

BATCH, SAMPLES = 64, 32_000
Loss = Callable[[Tensor, Tensor], Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    peer = import_module("fast_bss_eval")
    print(json.dumps({**_timings(peer, rounds), **_own_edges(), **_peer_edges(peer)}))


def _timings(peer: Any, rounds: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for sources in (2, 3, 5):
        estimate, reference = _separated(BATCH, sources, SAMPLES)
        own_ms, peer_ms = _take_turns([_own, _of(peer)], estimate, reference, rounds)
        prefix = "" if sources == 2 else f"_{sources}_sources"
        figures |= {f"pit{prefix}_ms": own_ms, f"fast_bss_eval{prefix}_ms": peer_ms}
        figures[f"pit{prefix}_speedup"] = peer_ms / own_ms
    estimate, reference = _separated(BATCH, 2, SAMPLES)
    figures["largest_difference_db"] = abs(
        float(_own(estimate, reference)) - float(_of(peer, zero_mean=True)(estimate, reference))
    )
    own_ms, peer_ms = _take_turns([_own, _of(peer)], estimate.requires_grad_(), reference, rounds)
    figures |= {"pit_training_ms": own_ms, "fast_bss_eval_training_ms": peer_ms}
    figures["pit_training_speedup"] = peer_ms / own_ms
    return figures


def _separated(batch: int, sources: int, samples: int) -> tuple[Tensor, Tensor]:
    """References and estimates of them at about 10 dB, in another order."""
    generator = torch.Generator().manual_seed(0)
    reference = torch.randn(batch, sources, samples, generator=generator)
    noise = torch.randn(batch, sources, samples, generator=generator)
    return reference.flip(1) + 10**-0.5 * noise, reference


def _own(estimate: Tensor, reference: Tensor) -> Tensor:
    return pit_si_snr_loss(estimate=estimate, reference=reference, ceiling="none")


def _of(peer: Any, *, zero_mean: bool = False) -> Loss:
    """Its fastest form by default; ours always removes the mean."""

    def loss(estimate: Tensor, reference: Tensor) -> Tensor:
        result: Tensor = peer.si_sdr_pit_loss(estimate, reference, zero_mean=zero_mean).mean()
        return result

    return loss


def _take_turns(losses: list[Loss], estimate: Tensor, reference: Tensor, rounds: int) -> list[float]:
    seconds = [math.inf] * len(losses)
    for _ in range(rounds + 1):
        for index, loss in enumerate(losses):
            estimate.grad = None
            started = time.process_time()
            value = loss(estimate, reference)
            if estimate.requires_grad:
                value.backward()  # type: ignore[no-untyped-call]
            seconds[index] = min(seconds[index], time.process_time() - started)
    return [1000 * each for each in seconds]


def _own_edges() -> dict[str, Figure]:
    estimate, reference = _separated(2, 2, SAMPLES)
    estimate = estimate.flip(1)
    figure = si_snr_db(estimate=estimate, reference=reference)

    def error(scale: float) -> float:
        return float((si_snr_db(estimate=scale * estimate, reference=reference) - figure).abs().max())

    half = si_snr_db(estimate=estimate.half(), reference=reference.half())
    return {
        "perfect_match_db": float(si_snr_db(estimate=reference, reference=reference).min()),
        "perfect_match_at_a_ten_thousandth_db": float(
            si_snr_db(estimate=1e-4 * reference, reference=reference).min()
        ),
        "tiny_scale_error_db": error(1e-4),
        "large_scale_error_db": error(1e4),
        "half_precision_error_db": float((half - figure).abs().max()),
        **{f"{name}_is_finite": _is_finite(*signals) for name, signals in _edges().items()},
    }


def _peer_edges(peer: Any) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, (estimate, reference) in _edges().items():
        try:
            figures[f"fast_bss_eval_{name}"] = f"{float(_of(peer)(estimate, reference)):g} dB"
        except (RuntimeError, ValueError) as error:
            figures[f"fast_bss_eval_{name}"] = type(error).__name__
    return figures


def _edges() -> dict[str, tuple[Tensor, Tensor]]:
    estimate, reference = _separated(2, 2, SAMPLES)
    silence, one_silent = torch.zeros_like(reference), reference.clone()
    one_silent[0, 0] = 0.0
    return {
        "perfect_match": (reference, reference),
        "silent_estimate": (silence, reference),
        "silent_target": (estimate, silence),
        "one_silent_target": (estimate, one_silent),
    }


def _is_finite(estimate: Tensor, reference: Tensor) -> int:
    estimate = estimate.clone().requires_grad_()
    loss = _own(estimate, reference)
    loss.backward()  # type: ignore[no-untyped-call]
    assert estimate.grad is not None
    return int(torch.isfinite(loss) and torch.isfinite(estimate.grad).all())


if __name__ == "__main__":
    main()
