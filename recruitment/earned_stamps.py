"""What people see of their own stamps: the code, how far it is, what was decided and why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from recruitment.channels.contract import Departure
from recruitment.models import Decision, Participant, WorkStamp
from recruitment.rules.stamp_states import UNCLAIMED
from recruitment.rules.stamp_words import WORDS, StampWords
from recruitment.services.arrivals import departure_of
from recruitment.services.stamps import TAKE_REJECTED, show_stamp

SHOWN_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedStamp:
    """One stamp in front of its owner; `departure` is what their channel asks of them while it is unused."""

    stamp: WorkStamp
    code: str
    departure: Departure | None

    @property
    def title(self) -> str:
        """The work as people know it; units of before they had titles are named by their kind."""
        unit = self.stamp.work_unit
        return str(unit.evidence.get("title") or unit.subject.partition(":")[0].capitalize())

    @property
    def words(self) -> StampWords:
        return WORDS[self.stamp.state]

    @property
    def decision(self) -> Decision | None:
        """The one in force; only once the stamp itself is decided, since drafts are nobody's business."""
        decisions = getattr(self.stamp.claimed_by, "in_force", []) if self.stamp.claimed_by else []
        is_decided = self.stamp.state in (WorkStamp.State.REJECTED, WorkStamp.State.APPROVED)
        return decisions[0] if decisions and is_decided else None

    @property
    def reviewers_reason(self) -> str:
        """Why a reviewer could not use the take, while nobody has decided about the stamp."""
        if self.stamp.flag != TAKE_REJECTED or self.decision is not None:
            return ""
        return str(self.stamp.work_unit.evidence.get("review", {}).get("reason", ""))


def earned_stamps(participants: Iterable[Participant]) -> list[EarnedStamp]:
    """Newest first. Whoever calls this has checked that the browser is these participants' own."""
    people = {participant.pk: participant for participant in participants}
    in_force = Decision.objects.exclude(state=Decision.State.UNDONE)
    stamps = (
        WorkStamp.objects.filter(work_unit__participant__in=people)
        .select_related("work_unit__participant__effort", "claimed_by")
        .prefetch_related(Prefetch("claimed_by__decisions", queryset=in_force, to_attr="in_force"))
        .order_by("-minted_at", "-pk")[:SHOWN_AT_ONCE]
    )
    departures: dict[int, Departure | None] = {}
    return [as_earned(stamp, departures) for stamp in stamps]


def as_earned(stamp: WorkStamp, departures: dict[int, Departure | None]) -> EarnedStamp:
    """`departures` remembers what each participant was told, since it takes a few queries."""
    person = stamp.work_unit.participant
    if stamp.state not in UNCLAIMED or person.has_withdrawn:
        return EarnedStamp(stamp=stamp, code=show_stamp(stamp=stamp), departure=None)
    if person.pk not in departures:
        departures[person.pk] = departure_of(participant=person)
    return EarnedStamp(stamp=stamp, code=show_stamp(stamp=stamp), departure=departures[person.pk])


def looked_up(stamp: WorkStamp) -> EarnedStamp:
    """For somebody on another device who has typed the code: its state, and a decision with its reason."""
    in_force = Decision.objects.filter(submission=stamp.claimed_by).exclude(state=Decision.State.UNDONE)
    if stamp.claimed_by is not None:
        stamp.claimed_by.in_force = list(in_force)  # type: ignore[attr-defined]
    return EarnedStamp(stamp=stamp, code="", departure=None)
