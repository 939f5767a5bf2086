"""The GPU part of the separation benchmark: SepFormer in bf16 on batches of unequal lengths.

Without SpeechBrain on the machine the peer's one-by-one throughput, and the ratio to it, are left out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from benchmarks.report import Figure, progress
from modeling.losses import si_snr_db
from modeling.models.sepformer import SepformerConfig, SepformerSeparator

RATE_HZ = 8000
BATCH_SIZES = (8, 16, 32, 64, 128)
MIXTURES = 128
SHORTEST_SHARE = 0.5
"""Lengths are uniform from this share of the mean up to as much above it."""


@torch.inference_mode()
def measure(*, seconds: float, rounds: int) -> dict[str, Figure]:
    """Throughput at the best batch size, memory there, and how near bf16 and batching come to single fp32 runs."""
    torch.manual_seed(0)
    ours = SepformerSeparator(SepformerConfig()).cuda().eval()
    mixes_bt, lengths_b = _mixtures(seconds)
    audio_s = float(lengths_b.sum()) / RATE_HZ
    figures: dict[str, Figure] = {"gpu": torch.cuda.get_device_name()}
    fastest = (math.inf, 0, 0.0)
    for size in BATCH_SIZES:
        torch.cuda.reset_peak_memory_stats()
        elapsed_s = _least_seconds(partial(_run_all, ours, mixes_bt, lengths_b, size), rounds)
        peak_gib = torch.cuda.max_memory_allocated() / 2**30
        figures[f"mixtures_per_s_in_batches_of_{size}"] = audio_s / seconds / elapsed_s
        progress(f"batches of {size}: {audio_s / seconds / elapsed_s:.0f} mixtures/s, {peak_gib:.1f} GiB")
        fastest = min(fastest, (elapsed_s, size, peak_gib))
    elapsed_s, size, peak_gib = fastest
    figures |= {
        "sepformer_mixtures_per_s": audio_s / seconds / elapsed_s,
        "sepformer_real_time_factor": elapsed_s / audio_s,
        "sepformer_batch_size": size,
        "sepformer_peak_gib": peak_gib,
    }
    figures |= _agreement(ours, mixes_bt, lengths_b)
    return figures | _beside_peer(mixes_bt, lengths_b, figures, seconds=seconds, rounds=rounds)


def _mixtures(seconds: float) -> tuple[Tensor, Tensor]:
    """Noise of unequal lengths, sorted as a queue that batches by length would have them."""
    low, high = SHORTEST_SHARE * seconds, (2 - SHORTEST_SHARE) * seconds
    lengths_b = (torch.linspace(low, high, MIXTURES) * RATE_HZ).long().cuda()
    return 0.1 * torch.randn(MIXTURES, int(lengths_b.max()), device="cuda"), lengths_b


def _batches(mixes_bt: Tensor, lengths_b: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    for start in range(0, len(mixes_bt), size):
        own_b = lengths_b[start : start + size]
        yield mixes_bt[start : start + size, : int(own_b.max())], own_b


def _run_all(model: nn.Module, mixes_bt: Tensor, lengths_b: Tensor, size: int) -> None:
    with torch.autocast("cuda", torch.bfloat16):
        for mix_bt, own_b in _batches(mixes_bt, lengths_b, size):
            model(mix_bt, own_b)


def _least_seconds(work: Callable[[], object], rounds: int) -> float:
    work()
    least = math.inf
    for _ in range(rounds):
        torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        torch.cuda.synchronize()
        least = min(least, time.perf_counter() - started)
    return least


def _agreement(model: nn.Module, mixes_bt: Tensor, lengths_b: Tensor) -> dict[str, Figure]:
    """Eight items: in one batch against alone (fp32), and in bf16 against fp32."""
    chosen = torch.arange(0, MIXTURES, MIXTURES // 8, device="cuda")
    own_b = lengths_b[chosen]
    mix_bt = mixes_bt[chosen, : int(own_b.max())]
    single = [model(row_t[None, :length])[0] for row_t, length in zip(mix_bt, own_b.tolist(), strict=True)]
    together_bct = model(mix_bt, own_b)
    with torch.autocast("cuda", torch.bfloat16):
        half_bct = model(mix_bt, own_b)
    differences, scores_db = [], []
    for item, alone_ct in enumerate(single):
        own = slice(alone_ct.shape[-1])
        differences.append(float((together_bct[item, :, own] - alone_ct).abs().max() / alone_ct.abs().max()))
        scores_db.append(float(si_snr_db(estimate=half_bct[item, :, own], reference=alone_ct).min()))
    return {
        "max_relative_difference_of_batching": max(differences),
        "sepformer_bf16_si_snr_db": min(scores_db),
    }


def _beside_peer(
    mixes_bt: Tensor, lengths_b: Tensor, figures: dict[str, Figure], *, seconds: float, rounds: int
) -> dict[str, Figure]:
    """SpeechBrain's SepFormer on the same mixtures, one by one in fp32, as its `separate_file` runs them."""
    if find_spec("speechbrain") is None:
        return {"peer": "not run: SpeechBrain is not installed on this machine"}
    from benchmarks.peers import build_peer

    theirs = build_peer("speechbrain_sepformer", device="cuda")
    single = list(_batches(mixes_bt[::8], lengths_b[::8], 1))
    elapsed_s = _least_seconds(lambda: [theirs.run(mix_bt) for mix_bt, _ in single], rounds)
    per_s = float(lengths_b[::8].sum()) / RATE_HZ / seconds / elapsed_s
    speedup = float(figures["sepformer_mixtures_per_s"]) / per_s
    return {"peer_mixtures_per_s": per_s, "sepformer_batched_speedup": speedup}
