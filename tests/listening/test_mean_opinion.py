"""Mean ratings and their t intervals against known answers and scipy."""

import numpy as np
import pytest
from scipy import stats

from evaluation.listening.rules.statistics import mean_opinion


def test_interval_agrees_with_scipy() -> None:
    scores = [4, 3, 3, 4, 2]
    low, high = stats.t.interval(0.95, 4, loc=np.mean(scores), scale=stats.sem(scores))
    opinion = mean_opinion(scores=scores)
    assert opinion.interval is not None
    assert (opinion.mean, opinion.n) == (pytest.approx(3.2), 5)
    assert (opinion.interval.low, opinion.interval.high) == pytest.approx((low, high), abs=1e-9)


def test_pooled_votes_of_the_crowdmos_example_give_the_published_half_width() -> None:
    scores = [4, 5, 4, 3, 4, 4, 4, 5, 4, 3, 5, 4, 1]
    opinion = mean_opinion(scores=scores)
    assert opinion.interval is not None
    assert opinion.mean == pytest.approx(3.8462, abs=5e-5)
    assert opinion.interval.high - 3.846154 == pytest.approx(0.64550, abs=5e-6)


def test_interval_stays_within_the_scale() -> None:
    opinion = mean_opinion(scores=[5, 5, 4])
    assert opinion.interval is not None
    assert opinion.interval.high == 5
    assert opinion.interval.low == pytest.approx(14 / 3 - 4.302653 / 3, abs=1e-5)


def test_two_ratings_have_a_mean_but_no_interval() -> None:
    opinion = mean_opinion(scores=[2, 4])
    assert (opinion.mean, opinion.interval) == (3.0, None)
    assert opinion.reason == "An interval needs 3 ratings; there are 2."


def test_equal_ratings_do_not_pretend_to_certainty() -> None:
    opinion = mean_opinion(scores=[4, 4, 4, 4])
    assert (opinion.mean, opinion.interval) == (4.0, None)
    assert "spread is unknown" in opinion.reason


def test_no_rating_has_no_mean() -> None:
    opinion = mean_opinion(scores=[])
    assert (opinion.n, opinion.mean) == (0, None)
    assert opinion.reason


def test_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    # Symmetric votes around 3: the truth is known by construction.
    studies = rng.choice([1, 2, 3, 4, 5], p=[0.1, 0.2, 0.4, 0.2, 0.1], size=(4000, 8))
    opinions = [mean_opinion(scores=[int(vote) for vote in votes]) for votes in studies]
    intervals = [opinion.interval for opinion in opinions if opinion.interval]
    covered = np.mean([interval.low <= 3 <= interval.high for interval in intervals])
    assert 0.93 < covered < 0.97
