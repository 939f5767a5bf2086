"""The recordings that wait for a reviewer: session by session, the oldest session first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Count, F, Min, QuerySet, Window

from collection.models import Participation, QualityFlag, Recording

SHOWN_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSession:
    """One participation and its recordings that wait."""

    participation: Participation
    recordings: list[Recording]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCount:
    code: str
    count: int

    @property
    def words(self) -> str:
        return self.code.replace("_", " ")


def queue(*, flag: str = "") -> QuerySet[Recording]:
    """Everything of one session together, in the order it was recorded; with `flag`, only what carries it."""
    waiting = Recording.objects.awaiting_review()
    if flag:
        waiting = waiting.filter(quality_flags__code=flag)
    since = Window(Min("stored_at"), partition_by=F("participation_id"))
    return waiting.annotate(session_since=since).order_by(
        "session_since", "participation_id", "number_in_session"
    )


def waiting_sessions(*, flag: str = "") -> list[WaitingSession]:
    rows = queue(flag=flag).select_related("participation__campaign", "assignment__prompt")
    shown = rows.prefetch_related("quality_flags")[:SHOWN_AT_ONCE]
    return [
        WaitingSession(participation=participation, recordings=list(recordings))
        for participation, recordings in groupby(shown, key=lambda recording: recording.participation)
    ]


def flag_counts() -> list[FlagCount]:
    waiting = QualityFlag.objects.filter(recording__in=Recording.objects.awaiting_review().order_by())
    rows = waiting.values_list("code").annotate(count=Count("id")).order_by("-count", "code")
    return [FlagCount(code=code, count=count) for code, count in rows]


def neighbours(recording: Recording, *, deferred: Collection[str] = ()) -> tuple[UUID | None, UUID | None]:
    """The waiting recordings before and after this one; deferred ones come last."""
    order = _order(deferred)
    if recording.public_id not in order:
        return None, order[0] if order else None
    place = order.index(recording.public_id)
    return (order[place - 1] if place else None), (order[place + 1] if place + 1 < len(order) else None)


def next_waiting(recording: Recording, *, deferred: Collection[str]) -> UUID | None:
    """Where a reviewer goes after deciding on this one: the next of its session, else the first that waits."""
    order = [found for found in _order(deferred) if found != recording.public_id]
    same = queue().filter(participation=recording.participation_id).exclude(public_id__in=deferred)
    later = same.filter(number_in_session__gt=recording.number_in_session).exclude(pk=recording.pk).first()
    return later.public_id if later else (order[0] if order else None)


def _order(deferred: Collection[str]) -> list[UUID]:
    waiting = list(queue().values_list("public_id", flat=True)[:SHOWN_AT_ONCE])
    return sorted(waiting, key=lambda public_id: str(public_id) in deferred)
