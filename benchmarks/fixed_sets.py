"""Separators on the fixed test sets, beside the mixture itself and an oracle mask.

Shape suffixes: c sources, t samples, f frequencies, n frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.report import Figure, progress
from modeling.data.testset import (
    TEST_SETS,
    AnyMixture,
    RenderedMixture,
    is_near_floor,
    read_fixed_mixtures,
    render_mixtures,
)
from modeling.inference import separate
from modeling.losses import pairwise_si_snr_db
from modeling.manifest import Convention
from modeling.metrics import score_separation

MASK_WINDOW_S = 0.032
CONVENTIONS: tuple[Convention, ...] = ("reverberant", "early", "dry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A separator and what it expects."""

    model: nn.Module
    num_sources: int
    sample_rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredMixture:
    """SI-SNR of the mixture, and SI-SNRi of each contestant and convention, means over the sources."""

    mixture: AnyMixture
    mixture_db: float
    improvements_db: Mapping[str, float]
    reference_snr_db: tuple[float, ...]
    is_near_floor: tuple[bool, ...]


def score_set(
    name: str, contestants: Mapping[str, Contestant], *, corpus: Path, count: int
) -> list[ScoredMixture]:
    """Score every contestant that has the set's number of sources; each renders at its own rate."""
    mixtures = read_fixed_mixtures(TEST_SETS[name])[:count]
    rates = sorted({8000, *(contestant.sample_rate_hz for contestant in contestants.values())})
    rendered = {
        rate_hz: render_mixtures(mixtures, corpus=corpus, sample_rate_hz=rate_hz) for rate_hz in rates
    }
    scored = []
    for number in range(1, len(mixtures) + 1):
        items = {rate_hz: next(stream) for rate_hz, stream in rendered.items()}
        scored.append(_score(items, contestants))
        if number % 50 == 0:
            progress(f"{name}: {number} of {len(mixtures)} mixtures scored")
    return scored


def set_figures(name: str, scored: Sequence[ScoredMixture]) -> dict[str, Figure]:
    """Figures of one set as `SET/CONTESTANT/FIGURE`."""
    floors_db = [floor_db for item in scored for floor_db in item.reference_snr_db]
    near = [is_near for item in scored for is_near in item.is_near_floor]
    figures: dict[str, Figure] = {
        f"{name}/mixtures": len(scored),
        f"{name}/mixture/si_snr_db": float(np.mean([item.mixture_db for item in scored])),
        f"{name}/reference_snr_db_median": float(np.median(floors_db)),
        f"{name}/references_near_floor_share": float(np.mean(near)) if near else float("nan"),
    }
    mixtures = [item.mixture for item in scored]
    for label in sorted({label for item in scored for label in item.improvements_db}):
        means_db = np.array([item.improvements_db[label] for item in scored])
        for figure, value in grouped(means_db, mixtures).items():
            figures[f"{name}/{label}/{figure}"] = value
    return figures


def grouped(means_db: NDArray[np.float64], mixtures: Sequence[AnyMixture]) -> dict[str, Figure]:
    """Mean SI-SNRi of all, with a 95 % interval over mixtures, and of each kind of mixture."""
    same_source = np.array([mixture.is_same_source for mixture in mixtures])
    sexes = np.array([mixture.sexes for mixture in mixtures])
    groups = {
        "same_corpus": same_source,
        "cross_corpus": ~same_source,
        "same_sex": sexes == "same",
        "different_sex": sexes == "different",
    }
    spread = means_db.std(ddof=1) if len(means_db) > 1 else float("nan")
    figures: dict[str, Figure] = {
        "si_snri_db": float(means_db.mean()),
        "si_snri_ci95_db": float(1.96 * spread / np.sqrt(len(means_db))),
    }
    for group, chosen in groups.items():
        figures[f"si_snri_db_{group}"] = float(means_db[chosen].mean()) if chosen.any() else float("nan")
    return figures


def oracle_mask_stems(mix_t: Tensor, sources_ct: Tensor, *, sample_rate_hz: int) -> Tensor:
    """What a perfect mask on the STFT would give: phase-sensitive, between 0 and 1 (Erdogan et al., 2015)."""
    length = int(MASK_WINDOW_S * sample_rate_hz)
    window = torch.hann_window(length)

    def spectrum(signal: Tensor) -> Tensor:
        return torch.stft(signal, length, length // 4, window=window, return_complex=True)

    mix_fn, sources_cfn = spectrum(mix_t), spectrum(sources_ct)
    masks_cfn = ((sources_cfn * mix_fn.conj()).real / (mix_fn.abs().square() + 1e-12)).clamp(0.0, 1.0)
    return torch.istft(masks_cfn * mix_fn, length, length // 4, window=window, length=len(mix_t))


def _score(items: Mapping[int, RenderedMixture], contestants: Mapping[str, Contestant]) -> ScoredMixture:
    item = items[8000]
    oracle_ct = oracle_mask_stems(item.mix_t, item.sources_ct, sample_rate_hz=8000)
    improvements_db = {"oracle_mask": _improvement(oracle_ct, item, "reverberant")[0]}
    near: list[bool] = []
    for name, contestant in contestants.items():
        own = items[contestant.sample_rate_hz]
        if contestant.num_sources != len(own.sources_ct):
            continue
        stems_ct = separate(contestant.model, own.mix_t, sample_rate_hz=contestant.sample_rate_hz)
        improvements_db[name], scores_db = _improvement(stems_ct, own, "reverberant")
        near += [
            is_near_floor(score_db, reference_snr_db=floor_db)
            for score_db, floor_db in zip(scores_db, own.reference_snr_db, strict=True)
        ]
        if own.dry_ct is not own.sources_ct:
            for convention in CONVENTIONS[1:]:
                improvements_db[f"{name}/{convention}"] = _improvement(stems_ct, own, convention)[0]
    before_c = pairwise_si_snr_db(estimate=item.mix_t[None, None], reference=item.sources_ct[None])
    return ScoredMixture(
        mixture=item.mixture,
        mixture_db=float(before_c.mean()),
        improvements_db=improvements_db,
        reference_snr_db=item.reference_snr_db,
        is_near_floor=tuple(near),
    )


def _improvement(
    stems_ct: Tensor, item: RenderedMixture, convention: Convention
) -> tuple[float, tuple[float, ...]]:
    scores = score_separation(
        estimate=stems_ct[None], reference=item.references(convention)[None], mixture=item.mix_t[None]
    )
    return (
        float(scores.si_snr_improvement_db_br.mean()),
        tuple(float(value) for value in scores.si_snr_db_br[0]),
    )
