"""The page in Mechanical Turk's frame: it lets people in without a cookie, and knows when their work is done.

A ticket stands for one submission in one frame; an entry token opens the work in a browser tab for a few minutes.
Both are signed and name our own row, so no address that we build names a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from core.errors import ShownToUser
from recruitment.channels import channel_named
from recruitment.channels.contract import Arrival
from recruitment.entrances import entrance_of
from recruitment.models import Effort, Submission, WorkStamp, WorkUnit
from recruitment.rules.submit_addresses import submit_origin
from recruitment.services.arrivals import refuse_second_turn
from recruitment.services.stamps import show_stamp
from recruitment.services.submissions import open_submission, units_done

TICKET_SALT = "recruitment.embedded.ticket"
ENTRY_SALT = "recruitment.embedded.entry"
TICKET_LASTS_S = 30 * 86_400  # longer than a sensible assignment
ENTRY_LASTS_S = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameState:
    """What the page in the frame shows: how far the work is, and the stamps once all of it is done."""

    units_done: int
    units_wanted: int
    stamps: list[str]

    @property
    def is_done(self) -> bool:
        return self.units_done >= self.units_wanted


def arrive_in_frame(*, effort: Effort, parameters: Mapping[str, str]) -> str | None:
    """The ticket of whoever came; None for a preview. Raises ShownToUser, and lets nobody in without a work page."""
    if not entrance_of(effort=effort):
        raise ShownToUser(
            "There is no work here yet. Please return this HIT.", code="no_entrance", status=404
        )
    arrival = channel_named(effort.channel).enter(effort=effort, parameters=parameters)
    if arrival is None:
        return None
    origin = submit_origin(parameters.get("turkSubmitTo", ""), allowed=settings.MTURK_SUBMIT_ORIGINS)
    submission = let_in(effort=effort, arrival=arrival)
    named = [str(submission.public_id), settings.MTURK_SUBMIT_ORIGINS.index(origin)]
    return signing.dumps(named, salt=TICKET_SALT)


def let_in(*, effort: Effort, arrival: Arrival) -> Submission:
    refuse_second_turn(effort=effort, arrival=arrival)
    return open_submission(effort=effort, arrival=arrival)


def holder_of(ticket: str) -> tuple[Submission, str]:
    """The submission of a ticket, and where its form goes. Raises ShownToUser `ticket_refused`."""
    try:
        public_id, index = signing.loads(ticket, salt=TICKET_SALT, max_age=TICKET_LASTS_S)
        submission = Submission.objects.select_related("effort").get(public_id=public_id)
        return submission, settings.MTURK_SUBMIT_ORIGINS[index]
    except (signing.BadSignature, Submission.DoesNotExist, IndexError):
        raise ShownToUser(
            "This page is too old or was not opened from Mechanical Turk. Please open the task there again.",
            code="ticket_refused",
            status=401,
        ) from None


def entry_token(*, submission: Submission) -> str:
    return signing.dumps(str(submission.public_id), salt=ENTRY_SALT)


def submission_of_entry(token: str) -> Submission:
    """Raises ShownToUser `entry_too_old`."""
    try:
        public_id = signing.loads(token, salt=ENTRY_SALT, max_age=ENTRY_LASTS_S)
        return Submission.objects.select_related("effort").get(public_id=public_id)
    except (signing.BadSignature, Submission.DoesNotExist):
        raise ShownToUser(
            "This address has run out: it opens the work for a quarter of an hour. Please go back to the tab of "
            "Mechanical Turk and open the work from there again.",
            code="entry_too_old",
            status=410,
        ) from None


def frame_state(*, submission: Submission) -> FrameState:
    """The stamps are shown when all work is done, as often as the page asks."""
    participant = submission.participant
    done = units_done(participant) if participant else 0
    wanted = submission.effort.units_wanted
    stamps = stamps_of(submission) if done >= wanted else []
    return FrameState(units_done=done, units_wanted=wanted, stamps=stamps)


def stamps_of(submission: Submission) -> list[str]:
    finished = WorkUnit.objects.filter(participant=submission.participant_id)
    earned = WorkStamp.objects.filter(work_unit__in=finished.exclude(state=WorkUnit.State.OPEN))
    return [show_stamp(stamp=stamp) for stamp in earned.order_by("pk")]
