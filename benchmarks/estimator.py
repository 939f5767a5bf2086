"""The blind estimator beside two baselines, on stems of seen and of unseen families of separators.

Every separator of the pool separates the fixed test sets (test speakers, `--corpus` or REALM_CORPUS_DIR); three
estimators say how well: ours, and REAL-M's trained on the same stems, on our range of labels (`baseline_`) and
as published (`published_`). Seen families taught the estimators, unseen ones touched neither training, nor the
choice of a checkpoint, nor calibration. Real separators only. The headline is against voices as at the
microphone; `_dry` and `_early` are the other heads. Separators for three speakers answer for `clean_3`, and for
nothing else. `--ablate DIR` adds a fourth estimator (`ablated_`), such as one of the same run without the frozen
front-end: what is left of a figure without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.estimator_figures import EstimatedStem, detailed_figures, headline_figures
from benchmarks.report import CannotRun, Figure, Report, Target, progress
from modeling.building import load_model
from modeling.bundles import (
    SHIPPED_FOLDER,
    Bundle,
    bundle_of_kind,
    list_shipped_bundles,
    read_bundle,
    shipped_bundle,
)
from modeling.data.corpus import find_corpus
from modeling.data.testset import TEST_SETS, RenderedMixture, read_fixed_mixtures, render_mixtures
from modeling.errors import ModelingError
from modeling.estimation import CONVENTIONS, HEADLINE
from modeling.inference import separate
from modeling.losses import pairwise_si_snr_db
from modeling.manifest import Convention
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityOutput
from modeling.permutation import best_assignment, reorder
from modeling.training.pool import PoolMember, read_pool, role_of

POOL = Path(__file__).parent / "estimator_pool"

TARGETS = {
    "mae_db_seen": Target(at_most=1.3),
    "mae_db_unseen": Target(at_most=1.8),
    "spearman_seen": Target(at_least=0.85),
    "spearman_unseen": Target(at_least=0.75),
    "worst_bias_db_unseen": Target(at_most=0.7),
    "pairs_misordered": Target(at_most=0),
    "coverage_seen": Target(at_least=0.87, at_most=0.93),
    "lines_lost_to_a_baseline": Target(at_most=0),
}
BETTER_WHEN_LOWER = ("mae_db_seen", "mae_db_unseen", "worst_bias_db_unseen", "pairs_misordered")
BETTER_WHEN_HIGHER = ("spearman_seen", "spearman_unseen")

GROUPS = {"training": "seen", "selection": "selection", "unseen": "unseen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One estimator, and the prefix of its figures."""

    prefix: str
    bundle: Bundle
    model: nn.Module


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One separator of known group."""

    name: str
    group: str
    num_sources: int
    model: nn.Module


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument("--pool", type=Path, default=POOL, metavar="DIR", help="default: the committed one")
    parser.add_argument(
        "--estimator", type=Path, default=None, metavar="DIR", help="default: the shipped bundle"
    )
    parser.add_argument("--baseline", type=Path, default=SHIPPED_FOLDER / "sisnr-estimator-8k", metavar="DIR")
    parser.add_argument(
        "--published", type=Path, default=POOL / "published", metavar="DIR", help="REAL-M's, 0 to 10 dB"
    )
    parser.add_argument(
        "--ablate", type=Path, default=None, metavar="DIR", help="the same estimator without its front-end"
    )
    parser.add_argument("--mixtures", type=int, default=20, metavar="N", help="of each test set (default 20)")
    parser.add_argument(
        "--sets", default=",".join(TEST_SETS), metavar="NAME,..", help=f"default: {','.join(TEST_SETS)}"
    )


def run(arguments: argparse.Namespace) -> Report:
    try:
        corpus = find_corpus(arguments.corpus)
        judges = _load_judges(arguments)
        contestants = _load_contestants(arguments.pool)
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    unknown = sorted(set(arguments.sets.split(",")) - set(TEST_SETS))
    if unknown:
        raise CannotRun(f"There is no test set {unknown[0]!r}. Known sets: {', '.join(TEST_SETS)}.")
    rows: dict[str, list[EstimatedStem]] = {judge.prefix: [] for judge in judges}
    for test_set in arguments.sets.split(","):
        for judge, row in _judged(
            corpus, test_set, arguments.mixtures, contestants=contestants, judges=judges
        ):
            rows[judge.prefix].append(row)
    return Report(figures=_figures(rows, judges, contestants), targets=TARGETS)


def _load_judges(arguments: argparse.Namespace) -> list[Judge]:
    ours = read_bundle(arguments.estimator) if arguments.estimator else shipped_bundle("estimator")
    named = {
        "": ours,
        "baseline_": read_bundle(arguments.baseline),
        "published_": read_bundle(arguments.published),
    }
    if arguments.ablate is not None:
        named["ablated_"] = bundle_of_kind(arguments.ablate, "estimator")
    return [
        Judge(prefix=prefix, bundle=bundle, model=load_model(bundle, device=torch.device("cpu")))
        for prefix, bundle in named.items()
    ]


def _load_contestants(pool: Path) -> list[Contestant]:
    """The members of the pool, and the separators that Realm ships."""
    members: list[tuple[PoolMember | None, Bundle]] = [
        (member, read_bundle(pool / member.bundle)) for member in read_pool(pool)
    ]
    taught = {member.family for member, _ in members if member is not None and member.role == "training"}
    shipped = [bundle for bundle in map(read_bundle, list_shipped_bundles()) if bundle.kind == "separator"]
    return [
        Contestant(
            name=bundle.name,
            group=GROUPS[member.role if member else role_of(bundle.model)],
            num_sources=bundle.num_sources or 2,
            model=load_model(bundle, device=torch.device("cpu")),
        )
        for member, bundle in [*members, *((None, bundle) for bundle in shipped)]
        if member is not None or bundle.model in taught or GROUPS[role_of(bundle.model)] != "seen"
    ]


def _judged(
    corpus: Path, test_set: str, count: int, *, contestants: Sequence[Contestant], judges: Sequence[Judge]
) -> Iterator[tuple[Judge, EstimatedStem]]:
    fixed = read_fixed_mixtures(TEST_SETS[test_set])[:count]
    rate_hz = judges[0].bundle.sample_rate_hz
    for number, item in enumerate(render_mixtures(fixed, corpus=corpus, sample_rate_hz=rate_hz), start=1):
        for contestant in contestants:
            if contestant.num_sources == len(item.sources_ct):
                stems_ct = _ordered(separate(contestant.model, item.mix_t, sample_rate_hz=rate_hz), item)
                for judge in judges:
                    yield from _rows(judge, contestant, item, stems_ct=stems_ct, test_set=test_set)
        if number % 20 == 0:
            progress(f"{test_set}: {number} of {len(fixed)} mixtures")


def _ordered(stems_ct: Tensor, item: RenderedMixture) -> Tensor:
    scores_ber = pairwise_si_snr_db(estimate=stems_ct[None], reference=item.sources_ct[None])
    return reorder(stems_ct[None], best_assignment(scores_ber).order_br)[0]


@torch.inference_mode()
def _rows(
    judge: Judge, contestant: Contestant, item: RenderedMixture, *, stems_ct: Tensor, test_set: str
) -> Iterator[tuple[Judge, EstimatedStem]]:
    output = judge.model(item.mix_t[None], stems_ct[None])
    speakers = _speakers(item)
    for convention, (median_c, low_c, high_c) in _answers(output).items():
        true_c = pairwise_si_snr_db(estimate=stems_ct[None], reference=item.references(convention)[None])[0]
        for stem, speaker in enumerate(speakers):
            yield (
                judge,
                EstimatedStem(
                    separator=contestant.name,
                    group=contestant.group,
                    test_set=test_set,
                    convention=convention,
                    speaker=speaker,
                    is_same_source=item.mixture.is_same_source,
                    true_db=float(true_c[stem, stem]),
                    estimated_db=float(median_c[stem]),
                    low_db=float(low_c[stem]),
                    high_db=float(high_c[stem]),
                ),
            )


def _answers(output: QualityOutput | Tensor) -> Mapping[Convention, tuple[Tensor, Tensor, Tensor]]:
    """Median and interval of each stem by convention; a single output is held against every convention."""
    if isinstance(output, QualityOutput):
        by_head = {name: output.si_snr_db_bcvq[0, :, v] for v, name in enumerate(CONVENTIONS)}
        return {name: (cq[:, MEDIAN], cq[:, LOW], cq[:, HIGH]) for name, cq in by_head.items()}
    unknown_c = torch.full_like(output[0], float("nan"))
    return dict.fromkeys(CONVENTIONS, (output[0], unknown_c, unknown_c))


def _speakers(item: RenderedMixture) -> list[str]:
    """Who speaks in each reference: clips lie in a folder of their speaker."""
    mixture = item.mixture
    paths = (
        [voice.path for voice in mixture.voices]
        if hasattr(mixture, "voices")
        else [mixture.first, mixture.second]
    )
    return [Path(path).parent.name for path in paths]


def _figures(
    rows: Mapping[str, list[EstimatedStem]], judges: Sequence[Judge], contestants: Sequence[Contestant]
) -> dict[str, Figure]:
    figures: dict[str, Figure] = {
        f"{judge.prefix}estimator": f"{judge.bundle.name} {judge.bundle.digest[:12]}" for judge in judges
    }
    for group in ("seen", "unseen", "selection"):
        figures[f"separators_{group}"] = sum(each.group == group for each in contestants)
    for judge in judges:
        figures |= headline_figures(_of(rows[judge.prefix], HEADLINE), prefix=judge.prefix)
    figures["lines_lost_to_a_baseline"] = _lines_lost(figures)
    for convention in ("dry", "early"):
        for judge in judges:
            headline = headline_figures(_of(rows[judge.prefix], convention), prefix=judge.prefix)
            figures |= {f"{name}_{convention}": figure for name, figure in headline.items()}
    for judge in judges:
        figures |= detailed_figures(_of(rows[judge.prefix], HEADLINE), prefix=judge.prefix)
    return figures


def _of(rows: Sequence[EstimatedStem], convention: str) -> list[EstimatedStem]:
    return [row for row in rows if row.convention == convention]


def _lines_lost(figures: Mapping[str, Figure]) -> int:
    """Headline figures on which either baseline is better than ours."""
    lost = 0
    for name in (*BETTER_WHEN_LOWER, *BETTER_WHEN_HIGHER):
        sign = 1 if name in BETTER_WHEN_LOWER else -1
        ours, theirs = figures[name], [figures[f"{prefix}{name}"] for prefix in ("baseline_", "published_")]
        lost += any(sign * float(ours) > sign * float(each) for each in theirs)
    return lost
