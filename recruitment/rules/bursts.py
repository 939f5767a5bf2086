"""Beginnings that lie close together in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Beginning:
    """When somebody began."""

    entered_at: datetime
    participant_id: int


def find_bursts(
    beginnings: Iterable[Beginning], *, within: timedelta, at_least: int
) -> list[list[Beginning]]:
    """Groups of `at_least` or more that began within that time of the group's first; none is in two groups."""
    waiting = sorted(beginnings)
    bursts = []
    while len(waiting) >= at_least:
        until = waiting[0].entered_at + within
        group = [beginning for beginning in waiting if beginning.entered_at <= until]
        if len(group) < at_least:
            waiting = waiting[1:]
            continue
        bursts.append(group)
        waiting = waiting[len(group) :]
    return bursts
