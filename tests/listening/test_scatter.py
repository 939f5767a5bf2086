"""The plot puts each trial where its numbers say, inside a frame of round values."""

import pytest

from evaluation.listening.rules.scatter import BOTTOM, LEFT, RIGHT, TOP, Plotted, draw_scatter, round_ticks
from evaluation.listening.rules.statistics import mean_opinion


def plotted(number: int, si_snr_db: float, scores: list[int]) -> Plotted:
    return Plotted(number=number, si_snr_db=si_snr_db, opinion=mean_opinion(scores=scores))


def test_better_is_right_and_up() -> None:
    scatter = draw_scatter(trials=[plotted(1, -3.0, [1, 1, 2]), plotted(2, 12.0, [5, 4, 5])])
    assert scatter is not None
    worse, better = scatter.points
    assert LEFT <= worse.x < better.x <= RIGHT
    assert TOP < better.y < worse.y < BOTTOM


def test_a_point_on_a_tick_stands_on_its_line_and_its_interval_around_it() -> None:
    scatter = draw_scatter(trials=[plotted(1, 0.0, [2, 3, 4]), plotted(2, 10.0, [3, 3])])
    assert scatter is not None
    first, second = scatter.points
    assert first.x == next(tick.at for tick in scatter.x_ticks if tick.label == "0")
    assert first.y == second.y == next(tick.at for tick in scatter.y_ticks if tick.label == "3")
    assert first.top is not None and first.bottom is not None
    assert first.y - first.top == pytest.approx(first.bottom - first.y, abs=0.2)
    assert second.top is None


@pytest.mark.parametrize("low, high", [(-3.2, 17.9), (5.0, 5.0), (-0.01, 0.02), (8.3, 9.9), (-40.0, 30.0)])
def test_round_ticks_hold_every_value(low: float, high: float) -> None:
    ticks = round_ticks(low=low, high=high)
    assert ticks[0] <= low <= high <= ticks[-1]
    assert 3 <= len(ticks) <= 8
    steps = {round(after - before, 6) for before, after in zip(ticks, ticks[1:], strict=False)}
    assert len(steps) == 1


def test_negative_ticks_carry_a_true_minus_sign() -> None:
    scatter = draw_scatter(trials=[plotted(1, -8.0, [1]), plotted(2, 2.0, [1])])
    assert scatter is not None
    assert "−8" in [tick.label for tick in scatter.x_ticks]


def test_nothing_rated_is_no_plot() -> None:
    assert draw_scatter(trials=[plotted(1, 3.0, [])]) is None
