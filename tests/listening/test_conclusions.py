"""The page says no more than the figures do."""

from evaluation.listening.rules.conclusions import conclude
from evaluation.listening.rules.statistics import Correlation, with_interval


def agreement(coefficient: float, n: int) -> Correlation:
    return with_interval(name="Pearson", coefficient=coefficient, n=n, variance=1.0, method="Fisher z")


def test_an_interval_across_zero_allows_no_claim() -> None:
    found, *_ = conclude(agreement=agreement(0.4, 8), listeners=5, thin_trials=0)
    assert found.startswith("These data fit no relation between estimate and rating as well as they fit one")


def test_a_clear_agreement_is_stated_with_interval_and_n() -> None:
    found, *_ = conclude(agreement=agreement(0.7, 50), listeners=20, thin_trials=0)
    assert found == (
        "Over these trials, higher estimates go with higher ratings (95 % interval 0.52 to 0.82, n = 50 trials)."
    )


def test_a_contradicting_estimate_is_stated_as_such() -> None:
    found, *_ = conclude(agreement=agreement(-0.7, 50), listeners=20, thin_trials=0)
    assert "higher estimates go with lower ratings" in found


def test_few_listeners_and_thin_means_are_pointed_out() -> None:
    sentences = " ".join(conclude(agreement=agreement(0.7, 50), listeners=4, thin_trials=12))
    assert "4 listeners are too few to speak for others" in sentences
    assert "12 of 50 trials have fewer than 3 ratings" in sentences


def test_one_listener_is_not_a_mean_opinion() -> None:
    sentences = " ".join(conclude(agreement=agreement(0.7, 50), listeners=1, thin_trials=50))
    assert "one person's opinion" in sentences


def test_without_a_correlation_the_reason_stands_alone() -> None:
    nothing = Correlation(name="Pearson", n=2, reason="A correlation needs 3 trials.")
    expected = ["Nothing can be concluded yet. A correlation needs 3 trials."]
    assert conclude(agreement=nothing, listeners=2, thin_trials=2) == expected
