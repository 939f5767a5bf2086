"""Figures on blind estimates are right on rows made by hand."""

import math

import pytest

from benchmarks.estimator_figures import (
    EstimatedStem,
    bootstrapped,
    coverage,
    headline_figures,
    mae_db,
    median_spearman,
    pairs_misordered,
    worst_bias_db,
)


def stem(true_db: float, estimated_db: float, *, separator: str = "a", group: str = "seen") -> EstimatedStem:
    return EstimatedStem(
        separator=separator,
        group=group,
        test_set="clean",
        convention="reverberant",
        speaker=f"speaker_{int(true_db)}",
        is_same_source=True,
        true_db=true_db,
        estimated_db=estimated_db,
        low_db=estimated_db - 2.0,
        high_db=estimated_db + 2.0,
    )


def rising(*, separator: str, error_db: float, sign: int = 1) -> list[EstimatedStem]:
    return [stem(float(n), sign * n + error_db, separator=separator) for n in range(10)]


def test_an_error_counts_from_the_end_of_the_range() -> None:
    assert mae_db([stem(-40.0, -9.0), stem(60.0, 25.0)]) == pytest.approx(0.5)


def test_rank_correlation_is_taken_within_each_separator() -> None:
    good, bad = rising(separator="a", error_db=0.0), rising(separator="b", error_db=100.0, sign=-1)
    assert median_spearman(good) == pytest.approx(1.0)
    assert median_spearman([*good, *bad]) == pytest.approx(0.0)


def test_the_worst_bias_counts_either_way() -> None:
    rows = [*rising(separator="a", error_db=0.5), *rising(separator="b", error_db=-3.0)]
    assert worst_bias_db(rows) == pytest.approx(3.0)


def test_only_pairs_that_truly_differ_can_be_misordered() -> None:
    better = [stem(8.0, 4.0, separator="better")]
    assert pairs_misordered([*better, stem(6.0, 5.0, separator="worse")]) == 1
    assert pairs_misordered([*better, stem(6.0, 3.0, separator="worse")]) == 0
    assert pairs_misordered([*better, stem(7.5, 5.0, separator="like it")]) == 0


def test_coverage_is_the_share_of_labels_inside() -> None:
    assert coverage([stem(5.0, 6.0), stem(5.0, 8.0)]) == pytest.approx(0.5)


def test_the_bootstrap_holds_the_figure_and_needs_two_speakers() -> None:
    rows = rising(separator="a", error_db=1.0)
    low, high = bootstrapped(rows, mae_db)
    assert low <= 1.0 <= high
    assert math.isnan(bootstrapped(rows[:1], mae_db)[0])


def test_headline_figures_keep_seen_and_unseen_apart() -> None:
    rows = [stem(5.0, 6.0), stem(5.0, 9.0, separator="b", group="unseen")]
    figures = headline_figures(rows, prefix="baseline_")
    assert figures["baseline_mae_db_seen"] == pytest.approx(1.0)
    assert figures["baseline_mae_db_unseen"] == pytest.approx(4.0)
