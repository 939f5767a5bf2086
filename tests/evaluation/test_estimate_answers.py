"""What an estimator answers is read whole, or refused with the figure that is wrong."""

from typing import Any

import pytest

from core.errors import Broken
from evaluation.runs.answers import read_estimates

WHOLE: dict[str, Any] = {
    "si_snr_db": [8.1, -2.0],
    "low_db": [5.9, -4.0],
    "high_db": [10.2, 1.5],
    "si_snr_improvement_db": [6.0, -0.4],
    "out_of_domain": [0.4, 1.2],
    "target_convention": "reverberant",
    "conventions": {
        "dry": {"si_snr_db": [7.4, -3.0], "low_db": [5.0, -5.0], "high_db": [9.0, 0.0]},
        "reverberant": {"si_snr_db": [8.1, -2.0]},
    },
    "bundle_digest": "d" * 64,
}


def test_every_figure_of_every_stem_is_read() -> None:
    first, second = read_estimates(WHOLE, stems=2).stems
    assert (first.headline.low_db, first.headline.si_snr_db, first.headline.high_db) == (5.9, 8.1, 10.2)
    assert (first.convention, first.headline.improvement_db, first.out_of_domain) == ("reverberant", 6.0, 0.4)
    assert list(second.others) == ["dry"]
    assert (second.others["dry"].high_db, second.others["dry"].improvement_db) == (0.0, None)


def test_an_estimator_that_gives_only_a_median_leaves_the_rest_empty() -> None:
    answer = {"si_snr_db": [3.0], "target_convention": "dry", "conventions": {"dry": {"si_snr_db": [3.0]}}}
    (stem,) = read_estimates(answer, stems=1).stems
    assert (stem.headline.low_db, stem.headline.high_db, stem.headline.improvement_db) == (None, None, None)
    assert stem.out_of_domain is None and stem.others == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"si_snr_db": None}, "no si_snr_db"),
        ({"si_snr_db": [8.1]}, "one finite number"),
        ({"si_snr_db": [8.1, True]}, "one finite number"),
        ({"out_of_domain": [0.1, float("nan")]}, "out_of_domain .* one finite number"),
        ({"low_db": [5.9, float("-inf")]}, "low_db .* one finite number"),
        ({"low_db": None}, "both ends"),
        ({"low_db": [8.2, -4.0]}, "low <= median <= high"),
        ({"high_db": [10.2, -2.1]}, "low <= median <= high"),
        ({"target_convention": "wet"}, "'wet'"),
        ({"conventions": {"wet": {"si_snr_db": [1.0, 1.0]}}}, "'wet'"),
        ({"conventions": ["dry"]}, "an object is due"),
        ({"conventions": {"dry": {"si_snr_db": [1.0]}}}, "one finite number"),
    ],
)
def test_an_impossible_figure_is_refused_by_name(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Broken, match=reason):
        read_estimates({**WHOLE, **change}, stems=2)


def test_an_end_may_pass_the_median_by_the_rounding_of_the_answer() -> None:
    answer = {**WHOLE, "low_db": [8.101, -4.0]}
    assert read_estimates(answer, stems=2).stems[0].headline.low_db == 8.101
