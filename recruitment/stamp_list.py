"""The stamps of an effort for its admins: how many are in each state, and the rows of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from recruitment.models import Effort, WorkStamp

STATES = WorkStamp.State.choices
FLAGGED = "flagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFilter:
    """One state, or `flagged`, or everything."""

    state: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> StampFilter:
        state = query.get("state", "")
        return cls(state=state if state in (*WorkStamp.State.values, FLAGGED) else "")


def list_stamps(effort: Effort, wanted: StampFilter) -> QuerySet[WorkStamp]:
    stamps = WorkStamp.objects.filter(work_unit__participant__effort=effort)
    if wanted.state == FLAGGED:
        stamps = stamps.exclude(flag="")
    elif wanted.state:
        stamps = stamps.filter(state=wanted.state)
    return stamps.select_related("work_unit", "claimed_by").order_by("-minted_at", "-pk")


def count_states(effort: Effort) -> list[StateCount]:
    """Every state with at least one stamp, in their order; `flagged` last."""
    stamps = WorkStamp.objects.filter(work_unit__participant__effort=effort)
    counts = dict(stamps.values_list("state").annotate(count=Count("pk")))
    flagged = stamps.exclude(flag="").count()
    lines = [StateCount(value=state, label=label, count=counts.get(state, 0)) for state, label in STATES]
    lines.append(StateCount(value=FLAGGED, label="Flagged", count=flagged))
    return [line for line in lines if line.count]
