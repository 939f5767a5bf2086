"""Geometry of the plot of mean rating against estimate, in the units of its SVG view box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from evaluation.listening.rules.statistics import HIGHEST_SCORE, LOWEST_SCORE, MeanOpinion

WIDTH, HEIGHT = 480, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 464, 16, 300
RATING_MARGIN = 0.25
MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A trial; `top` and `bottom` are the ends of its interval, None where it has none."""

    x: float
    y: float
    top: float | None
    bottom: float | None
    number: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    points: list[Point]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM

    @property
    def plot_width(self) -> int:
        return self.right - self.left

    @property
    def plot_height(self) -> int:
        return self.bottom - self.top

    @property
    def middle_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def middle_y(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plotted:
    """What one point shows."""

    number: int
    si_snr_db: float
    opinion: MeanOpinion


def draw_scatter(*, trials: Sequence[Plotted]) -> Scatter | None:
    """None without a trial that has both an estimate and a rating."""
    rated = [trial for trial in trials if trial.opinion.mean is not None]
    if not rated:
        return None
    ticks = round_ticks(low=min(t.si_snr_db for t in rated), high=max(t.si_snr_db for t in rated))
    low, high = ticks[0], ticks[-1]
    return Scatter(
        points=[place(trial=trial, low=low, high=high) for trial in rated],
        x_ticks=[Tick(at=across(value, low=low, high=high), label=number_label(value)) for value in ticks],
        y_ticks=[
            Tick(at=upward(score), label=str(score)) for score in range(LOWEST_SCORE, HIGHEST_SCORE + 1)
        ],
    )


def place(*, trial: Plotted, low: float, high: float) -> Point:
    opinion = trial.opinion
    assert opinion.mean is not None
    label = f"Trial {trial.number}: {trial.si_snr_db:.1f} dB, mean rating {opinion.mean:.2f}, n = {opinion.n}"
    if opinion.interval:
        label += f", 95 % interval {opinion.interval.low:.2f} to {opinion.interval.high:.2f}"
    return Point(
        x=across(trial.si_snr_db, low=low, high=high),
        y=upward(opinion.mean),
        top=upward(opinion.interval.high) if opinion.interval else None,
        bottom=upward(opinion.interval.low) if opinion.interval else None,
        number=trial.number,
        label=label,
    )


def across(value: float, *, low: float, high: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * (value - low) / (high - low), 1)


def upward(score: float) -> float:
    """SVG counts downwards; a margin keeps the points of 1 and 5 off the frame."""
    low, high = LOWEST_SCORE - RATING_MARGIN, HIGHEST_SCORE + RATING_MARGIN
    return round(BOTTOM - (BOTTOM - TOP) * (score - low) / (high - low), 1)


def round_ticks(*, low: float, high: float) -> list[float]:
    """Round values that hold all of low to high between the first and the last of them."""
    if high - low < 1:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / (MOST_TICKS - 2)
    magnitude = 10.0 ** floor(log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    return [round(index * step, 6) for index in range(floor(low / step), ceil(high / step) + 1)]


def number_label(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
