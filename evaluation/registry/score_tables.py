"""The scores of a bundle as tables: one for each fixed set, a column for each system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

WRITTEN_SCORES = re.compile(r"<!-- scores -->.*?<!-- end of scores -->\s*", re.DOTALL)


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


def _leaves(scores: Mapping[str, object], outer: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in scores.items():
        path = (*outer, *name.split("/"))
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, value


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
