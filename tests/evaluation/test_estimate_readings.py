"""An estimate reads truly: one plain word, a bar within its scale, and nothing that the row does not hold."""

import pytest

from evaluation.registry.models import ModelBundle
from evaluation.runs.models import QualityEstimate
from evaluation.runs.readings import EstimateReading, across


def reading(si_snr_db: float, **columns: object) -> EstimateReading:
    bundle = ModelBundle(name="test", description={"target_convention": "dry"})
    return EstimateReading(estimate=QualityEstimate(bundle=bundle, si_snr_db=si_snr_db, **columns))


@pytest.mark.parametrize(
    ("si_snr_db", "word"),
    [(10.0, "well"), (9.9, "mostly"), (5.0, "mostly"), (4.9, "partly"), (0.0, "partly"), (-0.1, "hardly")],
)
def test_every_level_has_one_plain_word(si_snr_db: float, word: str) -> None:
    assert reading(si_snr_db).word == f"{word} separated"


def test_an_older_row_has_no_bar_and_the_convention_of_its_bundle() -> None:
    old = reading(4.0)
    assert old.bar is None and old.others == []
    assert old.against == "dry, without the room"


def test_a_row_that_names_its_convention_is_believed_before_its_bundle() -> None:
    new = reading(4.0, convention="reverberant", other_conventions={"dry": {"si_snr_db": 3.0}})
    assert new.against == "as at the microphone"
    assert [(other.against, other.si_snr_db) for other in new.others] == [("dry, without the room", 3.0)]


@pytest.mark.parametrize(
    ("level_db", "at"), [(-40.0, 0.0), (-10.0, 0.0), (7.5, 175.0), (25.0, 350.0), (99.0, 350.0)]
)
def test_a_bar_never_leaves_its_scale(level_db: float, at: float) -> None:
    assert across(level_db) == at


def test_a_bar_spans_the_interval_around_the_median() -> None:
    bar = reading(0.0, low_db=-5.0, high_db=5.0).bar
    assert bar is not None
    assert (bar.start, bar.width, bar.median, bar.zero) == (50.0, 100.0, 100.0, 100.0)
