"""Figures on blind estimates: error, order, bias and coverage, by separator, head, test set and pair of speakers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.report import Figure

LOWEST_DB, HIGHEST_DB = -10.0, 25.0
ORDERED_FROM_DB = 1.0
"""Two separators whose true means differ by so much must be told apart in the right order."""

BOOTSTRAP_ROUNDS = 500
FEWEST_FOR_RANKS = 8

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedStem:
    """One stem under one convention: the truth, and what one estimator says of it."""

    separator: str
    group: str
    """`seen`, `unseen` or `selection`: whether the separator's family taught or chose the estimator."""
    test_set: str
    convention: str
    speaker: str
    is_same_source: bool
    true_db: float
    estimated_db: float
    low_db: float = math.nan
    high_db: float = math.nan

    @property
    def label_db(self) -> float:
        """The truth as estimators are taught it: beyond the ends all failures, and all successes, are alike."""
        return min(max(self.true_db, LOWEST_DB), HIGHEST_DB)

    @property
    def error_db(self) -> float:
        return self.estimated_db - self.label_db


Rows = Sequence[EstimatedStem]


def headline_figures(rows: Rows, *, prefix: str = "") -> dict[str, Figure]:
    """The figures that carry goals, over all test sets, for rows of one estimator and one convention."""
    seen, unseen = _of(rows, group="seen"), _of(rows, group="unseen")
    figures: dict[str, Figure] = {
        "mae_db_seen": mae_db(seen),
        "mae_db_unseen": mae_db(unseen),
        "spearman_seen": median_spearman(seen),
        "spearman_unseen": median_spearman(unseen),
        "worst_bias_db_unseen": worst_bias_db(unseen),
        "pairs_misordered": pairs_misordered([*seen, *unseen]),
        "coverage_seen": coverage(seen),
        "coverage_unseen": coverage(unseen),
    }
    return {prefix + name: figure for name, figure in figures.items()}


def detailed_figures(rows: Rows, *, prefix: str = "") -> dict[str, Figure]:
    """What explains the headline: intervals, spread of the labels, every separator, test set and kind of pair."""
    seen, unseen = _of(rows, group="seen"), _of(rows, group="unseen")
    figures: dict[str, Figure] = {}
    for name, chosen in (("seen", seen), ("unseen", unseen)):
        low_db, high_db = bootstrapped(chosen, mae_db)
        figures |= {
            f"mae_db_{name}_ci95_low": low_db,
            f"mae_db_{name}_ci95_high": high_db,
            f"bias_db_{name}": _mean(row.error_db for row in chosen),
            f"pearson_{name}": pearson(chosen),
            f"label_spread_db_{name}": float(np.std([row.label_db for row in chosen]))
            if chosen
            else math.nan,
            f"labels_at_limits_{name}": labels_at_limits(chosen),
        }
    for test_set in sorted({row.test_set for row in rows}):
        figures[f"mae_db_seen_{test_set}"] = mae_db([row for row in seen if row.test_set == test_set])
        figures[f"mae_db_unseen_{test_set}"] = mae_db([row for row in unseen if row.test_set == test_set])
    for name, same in (("same_corpus", True), ("cross_corpus", False)):
        figures[f"mae_db_seen_{name}"] = mae_db([row for row in seen if row.is_same_source == same])
        figures[f"mae_db_unseen_{name}"] = mae_db([row for row in unseen if row.is_same_source == same])
    for separator, chosen in _by_separator(rows).items():
        figures[f"true_db_{separator}"] = _mean(row.label_db for row in chosen)
        figures[f"bias_db_{separator}"] = _mean(row.error_db for row in chosen)
        figures[f"spearman_{separator}"] = spearman(chosen)
    return {prefix + name: figure for name, figure in figures.items()}


def mae_db(rows: Rows) -> float:
    return _mean(abs(row.error_db) for row in rows)


def spearman(rows: Rows) -> float:
    if len(rows) < FEWEST_FOR_RANKS:
        return math.nan
    return float(spearmanr([row.estimated_db for row in rows], [row.label_db for row in rows]).statistic)


def median_spearman(rows: Rows) -> float:
    """The median over separators of the rank correlation within each: what is not owed to their differences."""
    within = [spearman(chosen) for chosen in _by_separator(rows).values()]
    known = [value for value in within if not math.isnan(value)]
    return float(np.median(known)) if known else math.nan


def pearson(rows: Rows) -> float:
    """Follows the spread of the labels: to be read beside it, never alone."""
    if len(rows) < FEWEST_FOR_RANKS:
        return math.nan
    return float(np.corrcoef([row.estimated_db for row in rows], [row.label_db for row in rows])[0, 1])


def worst_bias_db(rows: Rows) -> float:
    """The largest mean error, either way, of any separator."""
    biases = [abs(_mean(row.error_db for row in chosen)) for chosen in _by_separator(rows).values()]
    return max(biases, default=math.nan)


def pairs_misordered(rows: Rows) -> int:
    """Pairs of separators whose true means differ by 1 dB or more and whose estimated means say the opposite."""
    means = [
        (_mean(row.label_db for row in chosen), _mean(row.estimated_db for row in chosen))
        for chosen in _by_separator(rows).values()
    ]
    return sum(
        abs(first[0] - second[0]) >= ORDERED_FROM_DB and (first[0] - second[0]) * (first[1] - second[1]) <= 0
        for first, second in combinations(means, 2)
    )


def coverage(rows: Rows) -> float:
    """How often the label lies inside the interval; not a number without intervals."""
    return _mean(
        float(row.low_db <= row.label_db <= row.high_db) if not math.isnan(row.low_db) else math.nan
        for row in rows
    )


def labels_at_limits(rows: Rows) -> float:
    return _mean(float(row.true_db <= LOWEST_DB or row.true_db >= HIGHEST_DB) for row in rows)


def bootstrapped(rows: Rows, figure: Callable[[Rows], float]) -> tuple[float, float]:
    """The 95 % interval of a figure over speakers: stems of one speaker are not independent."""
    by_speaker: dict[str, list[EstimatedStem]] = {}
    for row in rows:
        by_speaker.setdefault(row.speaker, []).append(row)
    groups = list(by_speaker.values())
    if len(groups) < 2:
        return math.nan, math.nan
    rng = np.random.default_rng(0)
    drawn = [
        figure([row for index in rng.integers(len(groups), size=len(groups)) for row in groups[int(index)]])
        for _ in range(BOOTSTRAP_ROUNDS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _by_separator(rows: Rows) -> dict[str, list[EstimatedStem]]:
    grouped: dict[str, list[EstimatedStem]] = {}
    for row in sorted(rows, key=lambda each: each.separator):
        grouped.setdefault(row.separator, []).append(row)
    return grouped


def _of(rows: Rows, *, group: str) -> list[EstimatedStem]:
    return [row for row in rows if row.group == group]


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return float(np.mean(listed)) if listed else math.nan
