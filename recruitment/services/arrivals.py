"""From the address somebody arrives with to a submission in their browser session, and the way back at the end.

What the provider calls them is used here once, sealed, and never stored in the session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from core.errors import ShownToUser
from recruitment.channels import channel_named
from recruitment.channels.contract import Arrival, Departure, GuardedChannel
from recruitment.models import Effort, Participant, Submission, WorkStamp
from recruitment.pseudonyms import provider_digest
from recruitment.services.stamps import show_stamp
from recruitment.services.submissions import (
    FINISHED_AT_PROVIDER,
    bind_participant,
    decision_in_force,
    open_submission,
    participant_of_person,
    units_done,
)
from recruitment.sessions import remember_participant, step_aside

State = Submission.State


def receive_arrival(
    *, session: SessionBase, effort: Effort, parameters: Mapping[str, str]
) -> Submission | None:
    """The submission of whoever came with these parameters; None where they name nobody.

    Who has begun before, in whichever browser, is in front of this one afterwards. Raises ShownToUser where the
    channel refuses, `reference_taken`, `took_part_already` or `has_withdrawn`.
    """
    arrival = channel_named(effort.channel).enter(effort=effort, parameters=parameters)
    if arrival is None:
        return None
    refuse_second_turn(effort=effort, arrival=arrival)
    submission = open_submission(effort=effort, arrival=arrival)
    put_in_front(session=session, submission=submission)
    return submission


def put_in_front(*, session: SessionBase, submission: Submission) -> None:
    """From now on this browser works for this submission, as the person it belongs to if they have begun.

    Raises ShownToUser `has_withdrawn`.
    """
    effort = submission.effort
    session[session_key(effort)] = str(submission.public_id)
    person = participant_of_person(submission=submission)
    if person is None:
        step_aside(session=session, effort=effort)
        return
    refuse_withdrawn(person)
    bind_participant(submission=submission, participant=person)
    remember_participant(session=session, participant=person)


def arrived_submission(*, session: SessionBase, effort: Effort) -> Submission | None:
    """The submission this browser came with."""
    public_id = session.get(session_key(effort))
    return effort.submissions.filter(public_id=public_id).first() if public_id else None


def enter_once(
    *, session: SessionBase, effort: Effort, begin: Callable[[], Participant], is_staff: bool
) -> Participant:
    """Let `begin` make the participant, bound to the submission this browser came with.

    Where the same person has begun in another browser meanwhile, what `begin` made is undone and they go on
    there. Raises what `refuse_strangers` and `begin` raise.
    """
    refuse_strangers(session=session, effort=effort, is_staff=is_staff)
    submission = arrived_submission(session=session, effort=effort)
    participant = begin() if submission is None else begin_bound(submission, begin)
    remember_participant(session=session, participant=participant)
    return participant


def begin_bound(submission: Submission, begin: Callable[[], Participant]) -> Participant:
    try:
        with transaction.atomic():
            participant = begin()
            bind_participant(submission=submission, participant=participant)
            return participant
    except ShownToUser as refusal:
        submission.refresh_from_db()
        person = participant_of_person(submission=submission)
        if refusal.code != "submission_bound" or person is None:
            raise
    refuse_withdrawn(person)
    bind_participant(submission=submission, participant=person)
    return person


def refuse_strangers(*, session: SessionBase, effort: Effort, is_staff: bool) -> None:
    """Where people come from a provider's page only, others are told so; staff may try everything."""
    channel = channel_named(effort.channel)
    if is_staff or not isinstance(channel, GuardedChannel):
        return
    if arrived_submission(session=session, effort=effort) is None:
        raise channel.turn_away()


def refuse_second_turn(*, effort: Effort, arrival: Arrival) -> None:
    """Each person takes part once; whose earlier submission came to nothing goes on with the new one."""
    worker = provider_digest(effort=effort, text=arrival.worker_id, kind="worker")
    reference = provider_digest(effort=effort, text=arrival.reference, kind="reference")
    earlier = effort.submissions.filter(worker_digest=worker).exclude(reference_digest=reference)
    if any(has_taken_part(submission) for submission in earlier.select_related("participant")):
        raise ShownToUser(
            "You have taken part in this already, thank you! Each person takes part once. Please return this new "
            "submission on your platform; what you did before counts for your first one.",
            code="took_part_already",
            status=409,
        )


def has_taken_part(submission: Submission) -> bool:
    """The provider's list may be minutes old, so finished work counts before the provider says so; but where no
    list names those who gave up, only what the provider has says so: the work goes on to the new submission."""
    if submission.state == State.PURGED:
        return decision_in_force(submission) is not None  # who gave up is purged too
    if submission.state in FINISHED_AT_PROVIDER:
        return True
    participant = submission.participant
    if submission.state == State.RETURNED or participant is None:
        return False
    if not channel_named(submission.effort.channel).lists_who_gave_up:
        return False
    return units_done(participant) >= submission.effort.units_wanted


def refuse_withdrawn(participant: Participant) -> None:
    if participant.has_withdrawn:
        raise ShownToUser(
            "You have withdrawn what you recorded here, and it was deleted. There is nothing more to do: please "
            "return the submission on your platform.",
            code="has_withdrawn",
            status=410,
        )


def departure_of(*, participant: Participant, has_more_work: bool = True) -> Departure:
    """What this participant does now: go on, follow the link back, or keep the stamps."""
    effort, submission = participant.effort, newest_submission(participant)
    if submission is not None and not has_more_work and not has_finished(participant=participant):
        early = early_departure_of(effort=effort, has_consented=True)
        if early is not None:
            return early
    return channel_named(effort.channel).finish(
        submission=submission, effort=effort, units_done=units_done(participant)
    )


def early_departure_of(*, effort: Effort, has_consented: bool) -> Departure | None:
    """The way back for somebody who does not agree, or for whom there is no work; None where no platform waits."""
    channel = channel_named(effort.channel)
    if not isinstance(channel, GuardedChannel):
        return None
    return channel.leave(effort=effort, has_consented=has_consented)


def departure_of_latecomer(*, session: SessionBase, effort: Effort) -> Departure | None:
    """The way back for somebody whose platform sent them when there is no work any more."""
    if arrived_submission(session=session, effort=effort) is None:
        return None
    return early_departure_of(effort=effort, has_consented=True)


def is_paid_for(*, participant: Participant) -> bool:
    """Whether a platform sent this participant, and counts their work as a submission."""
    submission = newest_submission(participant)
    return submission is not None and bool(submission.reference_digest)


def has_finished(*, participant: Participant) -> bool:
    """Whether a paid person has done all that their submission is paid for; volunteers go on as they like."""
    return is_paid_for(participant=participant) and units_done(participant) >= participant.effort.units_wanted


def shown_stamps(*, participant: Participant) -> list[str]:
    """In the order of the work; the caller has checked that this browser's session is theirs."""
    stamps = WorkStamp.objects.filter(work_unit__participant=participant)
    return [show_stamp(stamp=stamp) for stamp in stamps.order_by("pk")]


def newest_submission(participant: Participant) -> Submission | None:
    """The one in hand: one that was returned only where there is no other."""
    submissions = list(participant.submissions.order_by("-pk"))
    current = [found for found in submissions if found.state != State.RETURNED]
    return next(iter(current or submissions), None)


def session_key(effort: Effort) -> str:
    return f"submission_of_effort_{effort.pk}"
