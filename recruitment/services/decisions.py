"""Approve or reject submissions, take that back, and tell the provider; one decision is in force at a time.

A decision that is sent is `sending` in the database, together with the job that calls the provider, before anybody
is called. A crash leaves it there: the job runs again and tells the provider again, which changes nothing there.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from core.jobs import enqueue
from recruitment.channels import channel_named
from recruitment.models import Decision, Effort, Payment, Submission, WorkStamp
from recruitment.proposals import Proposal, proposal_for, propose
from recruitment.refusals import without_ids
from recruitment.rules.deciding import APPROVE, BY_HAND, BY_PROVIDER, REJECT
from recruitment.rules.reasons import LONGEST_MESSAGE, OWN_WORDS, message_for, reason_named
from recruitment.services.payments import cancel_reward, owe_reward, reward_goes_with_approval
from recruitment.services.sendings import sending_key, stuck
from recruitment.services.stamps import claim_own_stamps, move_stamps, reopen_stamps
from recruitment.services.submissions import is_reward_gone

SEND_DECISION = "recruitment.send_decision"
State = Decision.State
UNSENT = (State.DECIDED, State.FAILED)
SUBMISSION_STATES = {APPROVE: Submission.State.APPROVED, REJECT: Submission.State.REJECTED}
STAMP_STATES = {APPROVE: WorkStamp.State.APPROVED, REJECT: WorkStamp.State.REJECTED}
AUDITED_AS = {APPROVE: "submission.approve", REJECT: "submission.reject"}
SAID_BY_PROVIDER = "Rejected on the platform's own page; the reason was given there."


@transaction.atomic
def decide(
    *,
    submission: Submission,
    verdict: str,
    reason_code: str = "",
    message: str = "",
    rule: str = BY_HAND,
    actor: User | None,
) -> Decision:
    """Of several at the same moment one decides; the same decision again is no error.

    Raises ShownToUser `unknown_verdict`, `unknown_reason`, `reason_too_long`, `already_decided` or
    `not_submitted`.
    """
    reason = checked_reason(verdict=verdict, reason_code=reason_code, message=message)
    locked = lock(submission)
    found = decision_in_force(locked)
    if found is not None:
        if (found.verdict, found.reason_code, found.message) == (verdict, *reason):
            return found
        raise ShownToUser(said_by(found), code="already_decided", status=409)
    if locked.state != Submission.State.SUBMITTED:
        raise ShownToUser(
            f"This submission is {locked.get_state_display().lower()}: only one that is submitted can be decided.",
            code="not_submitted",
            status=409,
        )
    decision = write_decision(locked, verdict=verdict, reason=reason, rule=rule, actor=actor)
    record_action(
        actor=actor,
        action=AUDITED_AS[verdict],
        subject=subject_of(locked),
        details={"rule": rule}
        | ({"reason": decision.reason_code, "message": decision.message} if reason[0] else {}),
    )
    return decision


def checked_reason(*, verdict: str, reason_code: str, message: str) -> tuple[str, str]:
    """The code and the words of a rejection; an approval needs neither."""
    if verdict not in SUBMISSION_STATES:
        raise ShownToUser(
            f"{verdict!r} is no verdict. Please use approve or reject.",
            code="unknown_verdict",
            field="verdict",
        )
    if verdict == APPROVE:
        return "", ""
    code = reason_named(reason_code).code
    words = " ".join(message.split()) or message_for(code=code)
    if len(words) > LONGEST_MESSAGE:
        raise ShownToUser(
            f"The message has {len(words)} characters: please say it in {LONGEST_MESSAGE}.",
            code="reason_too_long",
            field="message",
        )
    return code, words


def write_decision(
    submission: Submission, *, verdict: str, reason: tuple[str, str], rule: str, actor: User | None
) -> Decision:
    """The row and what follows from it: the submission's state, and what is owed."""
    channel = channel_named(submission.effort.channel)
    is_told = channel.tells_nobody or rule == BY_PROVIDER
    claim_own_stamps(submission=submission)
    decision = Decision.objects.create(
        submission=submission,
        verdict=verdict,
        reason_code=reason[0],
        message=reason[1],
        rule=rule,
        evidence=evidence_of(proposal_for(submission=submission)),
        state=State.SENT if is_told else State.DECIDED,
        sent_at=timezone.now() if is_told else None,
        decided_by=actor,
    )
    submission.state = SUBMISSION_STATES[verdict]
    submission.save(update_fields=["state"])
    if verdict == APPROVE:
        owe_reward(submission=submission)
    if is_told:
        tell_person(decision)
    return decision


def tell_person(decision: Decision) -> None:
    """A stamp that is decided shows its decision to the person; until then a decision is a draft of ours."""
    move_stamps(submission=decision.submission, state=STAMP_STATES[decision.verdict])
    channel = channel_named(decision.submission.effort.channel)
    if channel.pays_rewards and decision.verdict == APPROVE:
        reward_goes_with_approval(submission=decision.submission)


def evidence_of(proposal: Proposal) -> dict[str, Any]:
    """What was known at that moment, to be read later whatever has changed since."""
    return {"takes": [asdict(take) for take in proposal.takes], "doubts": list(proposal.outcome.doubts)}


@transaction.atomic
def undo_decision(*, decision: Decision, actor: User | None) -> Decision:
    """The submission waits again. Raises ShownToUser `cannot_undo` or `already_paid`."""
    submission = lock(decision.submission)
    current = Decision.objects.get(pk=decision.pk)
    obstacle = why_not_undoable(current, submission=submission)
    if obstacle:
        raise ShownToUser(obstacle, code="cannot_undo", status=409)
    # Sending takes no lock: whichever of the two comes first wins.
    unchanged = Decision.objects.filter(pk=current.pk, state=current.state)
    if not unchanged.update(state=State.UNDONE, undone_at=timezone.now()):
        raise ShownToUser("This decision was just sent or undone.", code="cannot_undo", status=409)
    current.refresh_from_db()
    cancel_reward(submission=submission)
    submission.state = Submission.State.SUBMITTED
    submission.save(update_fields=["state"])
    reopen_stamps(submission=submission)
    record_action(
        actor=actor,
        action="submission.undo_decision",
        subject=subject_of(submission),
        details={"verdict": current.verdict, "rule": current.rule, "was_sent": current.sent_at is not None},
    )
    return current


def why_not_undoable(decision: Decision, *, submission: Submission) -> str:
    """A sentence, or "" where the decision can be taken back now."""
    channel = channel_named(submission.effort.channel)
    if decision.state == State.UNDONE:
        return "This decision was undone already."
    if submission.state == Submission.State.PURGED:
        return "The provider ids of this submission were purged: it cannot be decided anew."
    if decision.state == State.SENDING:
        return f"This decision is on its way to {channel.title}. Wait until it has arrived."
    if decision.state in UNSENT or channel.tells_nobody:
        return ""
    if decision.verdict == APPROVE:
        return f"{channel.title} was told of this approval, which is final."
    if timezone.now() > undo_ends_at(decision, submission=submission):
        return f"{channel.title} was told of this rejection, and it can no longer be taken back there."
    return ""


def undo_ends_at(decision: Decision, *, submission: Submission) -> datetime:
    """Until when a rejection that was sent can be taken back; providers count from the submission."""
    since = submission.submitted_at or decision.sent_at or decision.decided_at
    return since + channel_named(submission.effort.channel).undo_window


def decide_clear(*, effort: Effort, confirmed: set[str], actor: User) -> tuple[int, int]:
    """Decide what was previewed and still stands: how many were decided, and how many have changed since.

    `confirmed` holds `fingerprint` of each proposal that the admin has seen.
    """
    decided = 0
    named = {seen.partition(":")[0] for seen in confirmed}
    standing = [found for found in propose(effort=effort, only=named) if fingerprint(found) in confirmed]
    for proposal in standing:
        try:
            decide(
                submission=proposal.submission,
                verdict=proposal.outcome.verdict,
                reason_code=proposal.outcome.reason_code,
                message=proposal.outcome.message,
                rule=proposal.outcome.rule,
                actor=actor,
            )
        except ShownToUser:  # somebody else was first: counted as changed
            continue
        decided += 1
    return decided, len(confirmed) - decided


def fingerprint(proposal: Proposal) -> str:
    """The same while the same submission has the same takes in the same states."""
    takes = ",".join(f"{take.subject}={take.state}" for take in proposal.takes)
    digest = hashlib.sha256(
        f"{proposal.outcome.verdict}|{proposal.outcome.message}|{takes}".encode()
    ).hexdigest()
    return f"{proposal.submission.public_id}:{digest[:16]}"


def sendable(effort: Effort) -> QuerySet[Decision]:
    """Decided, or refused by the provider before, or stuck on the way."""
    if not channel_named(effort.channel).has_api:
        return Decision.objects.none()
    waiting = Q(state__in=UNSENT) | Q(pk__in=stuck_decisions(effort).values("pk"))
    return Decision.objects.filter(waiting, submission__effort=effort)


def stuck_decisions(effort: Effort) -> QuerySet[Decision]:
    decisions = Decision.objects.filter(submission__effort=effort)
    return stuck(decisions, name="decision", job_kind=SEND_DECISION)


@transaction.atomic
def send_decisions(*, effort: Effort, actor: User, decisions: QuerySet[Decision] | None = None) -> int:
    """Put decisions (or these of them) on their way, one job each; how many. Asked twice, they go once."""
    chosen = sendable(effort)
    if decisions is not None:
        chosen = chosen.filter(pk__in=decisions.values("pk"))
    sent = sum(put_on_its_way(decision) for decision in chosen.order_by("pk"))
    if sent:
        details = {"decisions": sent}
        record_action(actor=actor, action="decision.send", subject=f"effort:{effort.pk}", details=details)
    return sent


def put_on_its_way(decision: Decision) -> bool:
    """False where it was undone or sent by somebody else meanwhile."""
    same = Decision.objects.filter(pk=decision.pk, state=decision.state, sendings=decision.sendings)
    if not same.update(state=State.SENDING, refusal="", sendings=decision.sendings + 1):
        return False
    key = sending_key("decision", pk=decision.pk, sendings=decision.sendings + 1)
    enqueue(kind=SEND_DECISION, subject_key=key, payload={"decision_id": decision.pk})
    return True


def deliver_decision(*, decision_id: int) -> None:
    """Tell the provider; RetryLater goes through, and the job is run again with the decision still on its way."""
    underway = Decision.objects.filter(pk=decision_id, state=State.SENDING)
    decision = underway.select_related("submission__effort").first()
    if decision is None:
        return
    try:
        channel_named(decision.submission.effort.channel).decide(decision=decision)
    except ShownToUser as refusal:
        refused = without_ids(refusal.message, decision.submission)
        underway.update(state=State.FAILED, refusal=refused)
        return
    mark_sent(decisions=underway)


@transaction.atomic
def mark_sent(*, decisions: QuerySet[Decision]) -> int:
    """The platform knows of these: told by us, or by the file that an admin handed over."""
    told = 0
    for decision in decisions.filter(state__in=[*UNSENT, State.SENDING]).select_related("submission__effort"):
        same = Decision.objects.filter(pk=decision.pk, state=decision.state)
        if same.update(state=State.SENT, sent_at=timezone.now(), refusal=""):
            tell_person(decision)
            told += 1
    return told


def adopt_provider_decisions(*, effort: Effort) -> int:
    """Write down what was decided at the provider itself, by hand or by time running out; how many.

    Call it after `reconcile`, which sets the state of submissions only; a decision that it contradicts is undone.
    A rejection that was taken back here and not yet decided anew is still a rejection over there: it goes on waiting.
    """
    for decision in overturned(effort):
        give_way(decision)
    in_force = Decision.objects.filter(submission=OuterRef("pk")).exclude(state=State.UNDONE)
    states = list(SUBMISSION_STATES.values())
    bare = effort.submissions.filter(~Exists(in_force), state__in=states).order_by("pk")
    return sum(adopt_one(submission) for submission in bare)


def overturned(effort: Effort) -> QuerySet[Decision]:
    """The platform was told of these and has decided otherwise."""
    is_rejected = Q(verdict=APPROVE, submission__state=Submission.State.REJECTED)
    is_approved = Q(verdict=REJECT, submission__state=Submission.State.APPROVED)
    told = Decision.objects.filter(submission__effort=effort, state=State.SENT)
    return told.filter(is_rejected | is_approved).select_related("submission").order_by("pk")


@transaction.atomic
def give_way(decision: Decision) -> None:
    """Undone by the provider; what is owed for it is not owed any more, unless it is paid."""
    submission = lock(decision.submission)
    told = Decision.objects.filter(pk=decision.pk, state=State.SENT)
    if is_reward_gone(submission) or not told.update(state=State.UNDONE, undone_at=timezone.now()):
        return
    rewards = submission.payments.filter(kind=Payment.Kind.REWARD)
    rewards.update(state=Payment.State.CANCELLED, sent_at=None)
    reopen_stamps(submission=submission)
    record_action(
        actor=None,
        action="submission.undo_decision",
        subject=subject_of(submission),
        details={"verdict": decision.verdict, "rule": BY_PROVIDER, "was_sent": True},
    )


@transaction.atomic
def adopt_one(submission: Submission) -> bool:
    locked = lock(submission)
    verdict = next((name for name, state in SUBMISSION_STATES.items() if state == locked.state), "")
    if not verdict or decision_in_force(locked) is not None:
        return False
    last = locked.decisions.order_by("-pk").first()
    if last is not None and last.sent_at is not None and last.verdict == verdict:
        Submission.objects.filter(pk=locked.pk).update(state=Submission.State.SUBMITTED)
        return False
    reason = (OWN_WORDS, SAID_BY_PROVIDER) if verdict == REJECT else ("", "")
    write_decision(locked, verdict=verdict, reason=reason, rule=BY_PROVIDER, actor=None)
    record_action(
        actor=None, action=AUDITED_AS[verdict], subject=subject_of(locked), details={"rule": BY_PROVIDER}
    )
    return True


def decision_in_force(submission: Submission) -> Decision | None:
    kept = submission.decisions.exclude(state=State.UNDONE)
    return kept.select_related("decided_by").first()


def said_by(decision: Decision) -> str:
    """Who decided what and when, as a sentence."""
    who = decision.decided_by.get_username() if decision.decided_by else decision.rule
    done = "approved" if decision.verdict == APPROVE else "rejected"
    return f"Already {done} by {who} on {decision.decided_at:%Y-%m-%d at %H:%M} UTC."


def lock(submission: Submission) -> Submission:
    """Two admins at once: the second waits here and then reads what the first decided."""
    rows = Submission.objects.select_for_update(of=("self",)).select_related("effort")
    return rows.get(pk=submission.pk)


def subject_of(submission: Submission) -> str:
    return f"submission:{submission.public_id}"
