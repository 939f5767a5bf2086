"""Mean opinions and their agreement with an estimate; what cannot be computed is None with the reason said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

CONFIDENCE = 0.95
FEWEST_FOR_AN_INTERVAL = 3
LOWEST_SCORE, HIGHEST_SCORE = 1, 5
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOpinion:
    """The mean of the ratings of one trial; `reason` says why a mean or an interval is missing."""

    n: int
    mean: float | None = None
    interval: Interval | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Agreement of two lists; `reason` says why a coefficient or an interval is missing."""

    name: str
    n: int
    coefficient: float | None = None
    interval: Interval | None = None
    interval_method: str = ""
    reason: str = ""


def mean_opinion(*, scores: Sequence[int]) -> MeanOpinion:
    """Mean and Student t interval (sample deviation, n - 1 degrees of freedom), kept within the scale."""
    n = len(scores)
    if n == 0:
        return MeanOpinion(n=0, reason="Nobody has rated this yet.")
    values = np.asarray(scores, dtype=np.float64)
    mean = float(values.mean())
    if n < FEWEST_FOR_AN_INTERVAL:
        return MeanOpinion(n=n, mean=mean, reason=f"An interval needs 3 ratings; there {are(n)} {n}.")
    if np.ptp(values) == 0:
        return MeanOpinion(n=n, mean=mean, reason="All ratings are equal, so their spread is unknown.")
    half_width = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / sqrt(n))
    interval = Interval(low=max(LOWEST_SCORE, mean - half_width), high=min(HIGHEST_SCORE, mean + half_width))
    return MeanOpinion(n=n, mean=mean, interval=interval)


def pearson(*, x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Linear agreement; interval by Fisher's z with standard error 1 / sqrt(n - 3)."""
    if reason := why_undefined(x=x, y=y):
        return Correlation(name="Pearson", n=len(x), reason=reason)
    coefficient = product_moment(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    return with_interval(name="Pearson", coefficient=coefficient, n=len(x), variance=1.0, method="Fisher z")


def spearman(*, x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Agreement of ranks (ties share the mean rank).

    Interval by Fisher's z with the wider standard error sqrt((1 + r**2 / 2) / (n - 3)) of Bonett and Wright
    (2000, Psychometrika 65, 23-28): ranks are not normal, and Fisher's own error is too small for them.
    """
    if reason := why_undefined(x=x, y=y):
        return Correlation(name="Spearman", n=len(x), reason=reason)
    coefficient = product_moment(mean_ranks(x), mean_ranks(y))
    return with_interval(
        name="Spearman",
        coefficient=coefficient,
        n=len(x),
        variance=1 + coefficient**2 / 2,
        method="Fisher z, Bonett-Wright error",
    )


def with_interval(*, name: str, coefficient: float, n: int, variance: float, method: str) -> Correlation:
    """Walk `coefficient` to Fisher's z, take the normal quantile there and walk back."""
    if n <= FEWEST_FOR_AN_INTERVAL:
        return Correlation(
            name=name, n=n, coefficient=coefficient, reason=f"An interval needs 4 trials; there {are(n)} {n}."
        )
    if abs(coefficient) >= 1:
        return Correlation(
            name=name,
            n=n,
            coefficient=coefficient,
            reason="The agreement is perfect, so no interval can be computed.",
        )
    half_width = float(ndtri((1 + CONFIDENCE) / 2)) * sqrt(variance / (n - 3))
    z = float(np.arctanh(coefficient))
    interval = Interval(low=float(np.tanh(z - half_width)), high=float(np.tanh(z + half_width)))
    return Correlation(name=name, n=n, coefficient=coefficient, interval=interval, interval_method=method)


def product_moment(x: Floats, y: Floats) -> float:
    cosine = float(centred_direction(x) @ centred_direction(y))
    # Rounding may carry a perfect agreement an ulp or two away from one, and its z would then be finite.
    return float(np.sign(cosine)) if abs(cosine) > 1 - 1e-12 else cosine


def centred_direction(values: Floats) -> Floats:
    """Unit length; scaled before it is squared, so that very large and very small values survive."""
    centred = values - values.mean()
    scaled = centred / np.abs(centred).max()
    return np.asarray(scaled / np.linalg.norm(scaled))


def mean_ranks(values: Sequence[float]) -> Floats:
    """Ranks from 1; equal values share the mean of their places."""
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last_ranks = counts.cumsum()
    return np.asarray((last_ranks - (counts - 1) / 2)[place])


def why_undefined(*, x: Sequence[float], y: Sequence[float]) -> str:
    """Why there is no correlation; empty where there is one. Unequal lengths are a programmer's mistake."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} values cannot be paired with {len(y)}.")
    if len(x) < FEWEST_FOR_AN_INTERVAL:
        return f"A correlation needs 3 trials that are rated and estimated; there {are(len(x))} {len(x)}."
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        which = "estimates" if np.ptp(x) == 0 else "mean ratings"
        return f"All {which} are equal, so agreement cannot be computed."
    return ""


def are(count: int) -> str:
    return "is" if count == 1 else "are"
