"""The scores of a bundle: a few headlines for the list, and tables for its page, one for each fixed set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

WRITTEN_SCORES = re.compile(r"<!-- scores -->.*?<!-- end of scores -->\s*", re.DOTALL)

ESTIMATOR_HEADLINES = {
    "estimator_mae_db": "Mean absolute error, clean",
    "estimator_bias_db": "Bias, clean",
    "estimator_spearman": "Rank correlation, clean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """`systems` are the columns; a figure of the set itself stands in the column without a name."""

    name: str
    systems: list[str] = field(default_factory=list)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        return [
            (figure.replace("_", " "), [values.get(system, "") for system in self.systems])
            for figure, values in self.figures.items()
        ]


def card_without_scores(card: str) -> str:
    """The card without the table that commands write into it between two comments: the page has its own."""
    return WRITTEN_SCORES.sub("", card).strip()


def score_tables(scores: Mapping[str, object]) -> list[ScoreTable]:
    """From `set/system/figure`, `set/figure` or `figure`, written with slashes or as nested objects."""
    tables: dict[str, ScoreTable] = {}
    for path, value in _leaves(scores, ()):
        *outer, figure = path
        name, system = (outer[0] if outer else ""), " ".join(outer[1:])
        table = tables.setdefault(name, ScoreTable(name=name))
        if system not in table.systems:
            table.systems.append(system)
        table.figures.setdefault(figure, {})[system] = _text(value)
    return list(tables.values())


def headline_scores(scores: Mapping[str, object], *, name: str) -> list[tuple[str, str]]:
    """What fits into a list of models: SI-SNRi of the bundle `name` on each set, or how far an estimator errs."""
    leaves = {path: value for path, value in _leaves(scores, ()) if isinstance(value, int | float)}
    gains = {path[0]: value for path, value in leaves.items() if path[1:] == (name, "si_snri_db")}
    lines = [
        (
            f"SI-SNRi, {data_set.replace('_', ' ')}",
            _decibels(gain, leaves.get((data_set, name, "si_snri_ci95_db"))),
        )
        for data_set, gain in gains.items()
    ]
    errors = [
        (words, _decibels(leaves[(figure,)]) if figure.endswith("_db") else _text(leaves[(figure,)]))
        for figure, words in ESTIMATOR_HEADLINES.items()
        if (figure,) in leaves
    ]
    return lines + errors


def _decibels(value: float, half_width: float | None = None) -> str:
    return f"{value:.1f} dB" if half_width is None else f"{value:.1f} ± {half_width:.1f} dB"


def _leaves(scores: Mapping[str, object], outer: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in scores.items():
        path = (*outer, *name.split("/"))
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, value


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
