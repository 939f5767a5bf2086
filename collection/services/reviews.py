"""Accept or reject a recording, and take a decision back; one decision is in force at a time."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record_action
from collection.models import Recording, Review
from collection.review_rules import MAX_REASON_CHARACTERS
from core.errors import ShownToUser
from recruitment.models import WorkUnit
from recruitment.services.work_units import write_review

ACCEPTED = Recording.ReviewState.ACCEPTED
REJECTED = Recording.ReviewState.REJECTED


@transaction.atomic
def accept(*, recording: Recording, reviewer: User) -> Review:
    """Raises ShownToUser `already_decided` or `withdrawn`; the same again by the same person is no error."""
    return _decide(recording=recording, reviewer=reviewer, decision=ACCEPTED, reason="")


@transaction.atomic
def reject(*, recording: Recording, reviewer: User, reason: str) -> Review:
    """Raises ShownToUser `reason_missing`, `reason_too_long`, `already_decided` or `withdrawn`."""
    _refuse_bad_reason(reason)
    return _decide(recording=recording, reviewer=reviewer, decision=REJECTED, reason=reason)


@transaction.atomic
def undo(*, recording: Recording, reviewer: User) -> Recording:
    """The recording waits again. Raises ShownToUser `not_decided`, `decided_by_other` or `withdrawn`."""
    locked = _lock(recording)
    review = review_in_force(locked)
    if review is None:
        raise ShownToUser("This recording is not decided: there is nothing to undo.", code="not_decided")
    if not may_undo(review, reviewer):
        raise ShownToUser(
            f"{said_by(review)} Only they or an admin can take that back.",
            code="decided_by_other",
            status=403,
        )
    review.undone_at = timezone.now()
    review.save(update_fields=["undone_at"])
    _set_state(locked, Recording.ReviewState.WAITING)
    _tell_recruitment(locked, work=WorkUnit.State.DONE)
    record_action(
        actor=reviewer,
        action="recording.undo_review",
        subject=locked.work_subject,
        details={"decision": review.decision, "decided_by": review.reviewer.get_username()},
    )
    return locked


def review_in_force(recording: Recording) -> Review | None:
    return recording.reviews.filter(undone_at__isnull=True).select_related("reviewer").first()


def may_undo(review: Review, user: User) -> bool:
    return user.is_admin or review.reviewer_id == user.pk


def said_by(review: Review) -> str:
    """Who decided what and when, as a sentence."""
    at = review.decided_at.strftime("%Y-%m-%d at %H:%M UTC")
    return f"Already {review.decision} by {review.reviewer.get_username()} on {at}."


def _decide(*, recording: Recording, reviewer: User, decision: str, reason: str) -> Review:
    locked = _lock(recording)
    found = review_in_force(locked)
    if found is not None:
        if (found.reviewer_id, found.decision, found.reason) == (reviewer.pk, decision, reason):
            return found
        raise ShownToUser(said_by(found), code="already_decided", status=409)
    review = Review.objects.create(recording=locked, reviewer=reviewer, decision=decision, reason=reason)
    is_accepted = decision == ACCEPTED
    work = WorkUnit.State.APPROVED if is_accepted else WorkUnit.State.REJECTED
    _set_state(locked, ACCEPTED if is_accepted else REJECTED)
    _tell_recruitment(locked, work=work, decision=decision, reason=reason)
    record_action(
        actor=reviewer,
        action="recording.accept" if is_accepted else "recording.reject",
        subject=locked.work_subject,
        details={"reason": reason} if reason else {},
    )
    return review


def _refuse_bad_reason(reason: str) -> None:
    if not reason.strip():
        raise ShownToUser(
            "Please choose a reason or write one: the people who recorded should learn why.",
            code="reason_missing",
            field="reason",
        )
    if len(reason) > MAX_REASON_CHARACTERS:
        raise ShownToUser(
            f"The reason has {len(reason)} characters: please say it in {MAX_REASON_CHARACTERS}.",
            code="reason_too_long",
            field="reason",
        )


def _lock(recording: Recording) -> Recording:
    """Two reviewers at once: the second waits here and then reads what the first decided."""
    locked = Recording.objects.select_for_update(of=("self",)).kept().filter(pk=recording.pk).first()
    if locked is None:
        raise ShownToUser(
            "The people in this recording have withdrawn it: nothing is left to decide.",
            code="withdrawn",
            status=404,
        )
    return locked


def _set_state(recording: Recording, state: str) -> None:
    recording.review_state = state
    recording.save(update_fields=["review_state"])


def _tell_recruitment(recording: Recording, *, work: str, decision: str = "", reason: str = "") -> None:
    """The stamp stays valid whatever is decided; a rejected take only flags it. Constructed takes have none."""
    unit = WorkUnit.objects.filter(
        participant=recording.participation.participant_id, subject=recording.work_subject
    ).first()
    if unit is not None:
        review = {"decision": decision, "reason": reason} if decision else {}
        write_review(work_unit=unit, state=work, review=review)
