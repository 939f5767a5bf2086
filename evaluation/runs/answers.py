"""What an estimator answered, checked at the border: whole columns of finite numbers, or why not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import Broken
from modeling.manifest import Convention, as_convention

# The model process prints three decimals, so an end may pass its median by one unit of the last.
ROUNDING_DB: Final = 0.0011


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Estimated SI-SNR of one stem against one kind of reference; None is what the estimator does not give."""

    si_snr_db: float
    low_db: float | None = None
    high_db: float | None = None
    improvement_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StemEstimate:
    """The headline of one stem, the same against other references, and how unlike anything in training it is."""

    headline: Figures
    convention: Convention
    others: Mapping[Convention, Figures] = field(default_factory=dict)
    out_of_domain: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StemEstimates:
    """In the order of the stems."""

    stems: list[StemEstimate]
    bundle_digest: str


def read_estimates(answer: Mapping[str, Any], *, stems: int) -> StemEstimates:
    """The answer of `modeling serve` to "estimate"; Broken names the figure that is missing or impossible."""
    convention = _convention(answer.get("target_convention"))
    by_convention = answer.get("conventions", {})
    if not isinstance(by_convention, dict):
        raise Broken(f'The estimator gave "conventions" as {by_convention!r}: an object is due.')
    headlines = _figures(answer, stems=stems)
    others = {
        _convention(name): _figures(columns, stems=stems)
        for name, columns in by_convention.items()
        if name != convention
    }
    distances = _column(answer, "out_of_domain", stems=stems)
    return StemEstimates(
        stems=[
            StemEstimate(
                headline=headlines[at],
                convention=convention,
                others={name: figures[at] for name, figures in others.items()},
                out_of_domain=distances[at],
            )
            for at in range(stems)
        ],
        bundle_digest=str(answer.get("bundle_digest", "")),
    )


def _convention(told: object) -> Convention:
    convention = as_convention(told)
    if convention is None:
        raise Broken(f"The estimator named the convention {told!r}: dry, early or reverberant is due.")
    return convention


def _figures(columns: object, *, stems: int) -> list[Figures]:
    if not isinstance(columns, dict) or columns.get("si_snr_db") is None:
        raise Broken(f"The estimator gave no si_snr_db for {stems} stems: one finite number each is due.")
    medians = _column(columns, "si_snr_db", stems=stems)
    ends = (_column(columns, name, stems=stems) for name in ("low_db", "high_db"))
    improvements = _column(columns, "si_snr_improvement_db", stems=stems)
    rows = zip(medians, *ends, improvements, strict=True)
    return [
        _ordered(Figures(si_snr_db=median, low_db=low, high_db=high, improvement_db=improvement))
        for median, low, high, improvement in rows
        if median is not None
    ]


def _column(columns: Mapping[str, Any], name: str, *, stems: int) -> list[float | None]:
    """A figure that an estimator does not give has no key, and is None for every stem."""
    values = columns.get(name)
    if values is None:
        return [None] * stems
    if not isinstance(values, list) or len(values) != stems or not all(map(_is_number, values)):
        raise Broken(f"The estimator gave {name} {values} for {stems} stems: one finite number each is due.")
    return [float(value) for value in values]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _ordered(figures: Figures) -> Figures:
    low, high = figures.low_db, figures.high_db
    if (low is None) != (high is None):
        raise Broken(f"The estimator gave {low} to {high} dB: both ends of an interval or none are due.")
    if low is None or high is None:
        return figures
    if low > high or not low - ROUNDING_DB <= figures.si_snr_db <= high + ROUNDING_DB:
        raise Broken(
            f"The estimator gave {figures.si_snr_db} dB between {low} and {high} dB: "
            "low <= median <= high is due."
        )
    return figures
