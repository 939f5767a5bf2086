"""The shipped bundles on the fixed test sets: SI-SNRi of every separator, error of the blind estimator.

Clean, noisy, reverberant, noisy and reverberant, three speakers: mixtures of test speakers, frozen as recipes in
modeling/data and mixed anew from the corpus (`--corpus` or REALM_CORPUS_DIR). Figures without a prefix are the
default separator's on the clean set; the headline is `si_snri_db_same_corpus`. `SET/BUNDLE/...` are the others,
beside the mixture itself and an oracle mask; a separator is scored on the sets of its number of voices and
named with its digest in `digest/BUNDLE`. References are the voices as at the microphone, and `early`, `dry`
where it says so; each carries the noise floor of its recording, and scores within 6 dB of it are counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from benchmarks.fixed_sets import Contestant, grouped, score_set, set_figures
from benchmarks.report import CannotRun, Figure, Report, Target, progress
from modeling.building import load_model
from modeling.bundles import Bundle, list_shipped_bundles, read_bundle, shipped_bundle
from modeling.data.corpus import find_corpus
from modeling.data.testset import (
    FROZEN_CLEAN_TEST,
    TEST_SETS,
    AnyMixture,
    read_fixed_mixtures,
    render_mixtures,
)
from modeling.errors import ModelingError
from modeling.estimation import estimate_si_snr_db
from modeling.inference import separate
from modeling.metrics import score_separation
from modeling.permutation import reorder

TARGETS = {
    "si_snri_db": Target(at_least=7.0),
    "real_time_factor": Target(at_most=1.0),
    "estimator_mae_db": Target(at_most=3.0),
    "estimator_pearson": Target(at_least=0.5),
    "estimator_spearman": Target(at_least=0.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One test mixture: true scores of both stems, and what the estimator says of them without references."""

    mixture: AnyMixture
    si_snr_db: tuple[float, ...]
    si_snri_db: tuple[float, ...]
    estimated_db: tuple[float, ...]
    seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument(
        "--separator", type=Path, default=None, metavar="DIR", help="default: the shipped bundle"
    )
    parser.add_argument(
        "--estimator", type=Path, default=None, metavar="DIR", help="default: the shipped bundle"
    )
    parser.add_argument(
        "--mixtures", type=int, default=300, metavar="N", help="only the first N, for a quick look"
    )

    parser.add_argument(
        "--sets",
        default=",".join(TEST_SETS),
        metavar="NAME,..",
        help=f"of {', '.join(TEST_SETS)}; default: all",
    )


def run(arguments: argparse.Namespace) -> Report:
    unknown = set(arguments.sets.split(",")) - {"", *TEST_SETS}
    if unknown:
        raise CannotRun(f"There is no test set {sorted(unknown)[0]!r}; there are {', '.join(TEST_SETS)}.")
    try:
        corpus = find_corpus(arguments.corpus)
        separator = read_bundle(arguments.separator) if arguments.separator else shipped_bundle("separator")
        estimator = read_bundle(arguments.estimator) if arguments.estimator else shipped_bundle("estimator")
        others = [read_bundle(path) for path in list_shipped_bundles()] if not arguments.separator else []
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    figures, targets = _headline(corpus, separator, estimator, count=arguments.mixtures)
    figures |= _set_figures(arguments, corpus, [separator, *others])
    return Report(figures=figures, targets=targets)


def _headline(
    corpus: Path, separator: Bundle, estimator: Bundle, *, count: int
) -> tuple[dict[str, Figure], dict[str, Target]]:
    """The figures without a prefix and their targets; both are about two voices, so a separator of more has none."""
    if separator.num_sources != 2:
        return {"separator": separator.name}, {}
    scored = list(_score_all(corpus, separator, estimator, count=count))
    return _figures(scored, separator, estimator), TARGETS


def _set_figures(arguments: argparse.Namespace, corpus: Path, bundles: list[Bundle]) -> dict[str, Figure]:
    contestants = {
        bundle.name: Contestant(
            model=load_model(bundle, device=torch.device("cpu")),
            num_sources=bundle.num_sources or 2,
            sample_rate_hz=bundle.sample_rate_hz,
        )
        for bundle in bundles
        if bundle.kind == "separator"
    }
    figures: dict[str, Figure] = {
        f"digest/{bundle.name}": bundle.digest[:12] for bundle in bundles if bundle.name in contestants
    }
    for name in filter(None, arguments.sets.split(",")):
        scored = score_set(name, contestants, corpus=corpus, count=arguments.mixtures)
        figures |= set_figures(name, scored)
    return figures


def _score_all(corpus: Path, separator: Bundle, estimator: Bundle, *, count: int) -> Iterator[Scored]:
    models = [load_model(bundle, device=torch.device("cpu")) for bundle in (separator, estimator)]
    rate_hz = separator.sample_rate_hz
    fixed = read_fixed_mixtures(FROZEN_CLEAN_TEST)[:count]
    for number, item in enumerate(render_mixtures(fixed, corpus=corpus, sample_rate_hz=rate_hz), start=1):
        started = time.perf_counter()
        stems_ct = separate(models[0], item.mix_t, sample_rate_hz=rate_hz)
        seconds = time.perf_counter() - started
        scores = score_separation(
            estimate=stems_ct[None], reference=item.sources_ct[None], mixture=item.mix_t[None]
        )
        ordered_ct = reorder(stems_ct[None], scores.order_br)[0]
        estimated = estimate_si_snr_db(models[1], item.mix_t, ordered_ct, sample_rate_hz=rate_hz)
        yield Scored(
            mixture=item.mixture,
            si_snr_db=_values(scores.si_snr_db_br[0]),
            si_snri_db=_values(scores.si_snr_improvement_db_br[0]),
            estimated_db=tuple(estimated),
            seconds=seconds,
        )
        if number % 50 == 0:
            progress(f"{number} of {len(fixed)} mixtures scored")


def _figures(scored: list[Scored], separator: Bundle, estimator: Bundle) -> dict[str, Figure]:
    true_db = np.array([item.si_snr_db for item in scored]).ravel()
    estimated_db = np.array([item.estimated_db for item in scored]).ravel()
    errors_db = estimated_db - true_db
    audio_s = sum(item.mixture.duration_s for item in scored)
    return {
        "separator": separator.name,
        "separator_digest": separator.digest[:12],
        "estimator": estimator.name,
        "estimator_digest": estimator.digest[:12],
        "mixtures": len(scored),
        **_improvements(scored),
        "real_time_factor": sum(item.seconds for item in scored) / audio_s,
        "estimator_mae_db": float(np.abs(errors_db).mean()),
        "estimator_bias_db": float(errors_db.mean()),
        "estimator_pearson": float(np.corrcoef(estimated_db, true_db)[0, 1]),
        "estimator_spearman": float(spearmanr(estimated_db, true_db).statistic),
        "true_si_snr_spread_db": float(true_db.std()),
    }


def _improvements(scored: list[Scored]) -> dict[str, Figure]:
    means_db = np.array([np.mean(item.si_snri_db) for item in scored])
    return grouped(means_db, [item.mixture for item in scored])


def _values(row: Tensor) -> tuple[float, ...]:
    return tuple(float(value) for value in row)
