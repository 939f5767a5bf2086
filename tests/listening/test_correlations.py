"""Pearson and Spearman with intervals against known answers, scipy and constructed truth."""

from math import atanh, sqrt, tanh

import numpy as np
import pytest
from scipy import stats

from evaluation.listening.rules.statistics import Correlation, pearson, spearman, with_interval


def bounds(correlation: Correlation) -> tuple[float, float]:
    assert correlation.interval is not None, correlation.reason
    return correlation.interval.low, correlation.interval.high


def test_fisher_interval_of_seven_tenths_over_fifty_items() -> None:
    known = with_interval(name="Pearson", coefficient=0.7, n=50, variance=1.0, method="Fisher z")
    assert bounds(known) == pytest.approx((0.523690, 0.818808), abs=1e-6)


def test_pearson_of_the_documented_example() -> None:
    found = pearson(x=[1, 2, 3, 4, 5, 6, 7], y=[10, 9, 2.5, 6, 4, 3, 2])
    assert found.coefficient == pytest.approx(-0.828504, abs=1e-6)
    assert found.n == 7


def test_spearman_of_the_documented_example_with_a_tie() -> None:
    assert spearman(x=[1, 2, 3, 4, 5], y=[5, 6, 7, 8, 7]).coefficient == pytest.approx(0.820783, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_both_agree_with_scipy_on_tied_ratings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    estimates = rng.normal(8, 4, 40)
    ratings = np.round(np.clip(3 + estimates / 8 + rng.normal(0, 1, 40), 1, 5), 1)
    expected = stats.pearsonr(estimates, ratings)
    interval = expected.confidence_interval(0.95)
    linear = pearson(x=list(estimates), y=list(ratings))
    assert linear.coefficient == pytest.approx(expected.statistic, abs=1e-12)
    assert bounds(linear) == pytest.approx((interval.low, interval.high), abs=1e-9)
    ranked = spearman(x=list(estimates), y=list(ratings))
    assert ranked.coefficient == pytest.approx(stats.spearmanr(estimates, ratings).statistic, abs=1e-12)


def test_spearman_interval_is_bonett_and_wrights() -> None:
    found = spearman(x=[1, 2, 3, 4, 5], y=[5, 6, 7, 8, 7])
    assert found.coefficient is not None
    half_width = 1.959964 * sqrt((1 + found.coefficient**2 / 2) / 2)
    centre = atanh(found.coefficient)
    expected = (tanh(centre - half_width), tanh(centre + half_width))
    assert bounds(found) == pytest.approx(expected, abs=1e-6)


def test_pearson_interval_covers_a_constructed_correlation() -> None:
    rng = np.random.default_rng(11)
    truth, covered = 0.6, []
    for _ in range(2000):
        x = rng.normal(size=50)
        y = truth * x + sqrt(1 - truth**2) * rng.normal(size=50)
        low, high = bounds(pearson(x=list(x), y=list(y)))
        covered.append(low <= truth <= high)
    assert 0.935 < np.mean(covered) < 0.965


def test_an_order_kept_by_a_curve_is_perfect_for_ranks_only() -> None:
    x = [1.0, 2.0, 3.0, 4.0, 5.0]
    y = [value**5 for value in x]
    linear = pearson(x=x, y=y)
    assert linear.coefficient is not None and linear.coefficient < 0.95
    ranked = spearman(x=x, y=y)
    assert (ranked.coefficient, ranked.interval) == (1.0, None)
    assert "perfect" in ranked.reason


@pytest.mark.parametrize("measure", [pearson, spearman])
def test_fewer_than_three_trials_have_no_correlation(measure: object) -> None:
    assert callable(measure)
    found = measure(x=[1.0, 2.0], y=[3.0, 4.0])
    assert found.coefficient is None
    assert found.reason == "A correlation needs 3 trials that are rated and estimated; there are 2."


def test_three_trials_have_a_coefficient_but_no_interval() -> None:
    found = pearson(x=[1.0, 2.0, 3.0], y=[1.0, 3.0, 2.0])
    assert (found.coefficient, found.interval) == (pytest.approx(0.5), None)
    assert found.reason == "An interval needs 4 trials; there are 3."


def test_no_spread_is_said_not_divided_by() -> None:
    assert pearson(x=[1.0, 2.0, 3.0], y=[4.0, 4.0, 4.0]).reason.startswith("All mean ratings are equal")
    assert spearman(x=[9.0, 9.0, 9.0], y=[4.0, 3.0, 4.0]).reason.startswith("All estimates are equal")


def test_huge_and_tiny_values_do_not_overflow() -> None:
    found = pearson(x=[1e200, 2e200, 4e200], y=[1e-200, 3e-200, 2e-200])
    assert found.coefficient == pytest.approx(stats.pearsonr([1, 2, 4], [1, 3, 2]).statistic)
