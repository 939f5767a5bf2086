"""Submissions: made when somebody arrives from a provider, bound to the participant who consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q

from core.errors import ShownToUser
from recruitment.models import (
    Decision,
    Effort,
    Participant,
    Payment,
    ProviderIdentity,
    Submission,
    WorkUnit,
)
from recruitment.pseudonyms import provider_digest
from recruitment.sealing import seal
from recruitment.services.anomalies import note_anomaly
from recruitment.services.stamps import claim_own_stamps, release_stamps, verify_stamps

if TYPE_CHECKING:  # the channels import this file
    from recruitment.channels.contract import Arrival, Listed, Reconciliation

State = Submission.State
# What is further on never goes back, because a list may be older than what we did in the meantime.
PROGRESS = {State.ENTERED: 0, State.RETURNED: 1, State.SUBMITTED: 1, State.REJECTED: 2, State.APPROVED: 2}
VERDICTS = {State.APPROVED: Decision.Verdict.APPROVE, State.REJECTED: Decision.Verdict.REJECT}
FINISHED_AT_PROVIDER = (State.SUBMITTED, State.APPROVED, State.REJECTED, State.PURGED)


@transaction.atomic
def open_submission(*, effort: Effort, arrival: Arrival) -> Submission:
    """The submission of this arrival; whoever comes again with the same reference gets the same one.

    Raises ShownToUser `reference_taken` where the reference belongs to another person.
    """
    worker_digest = provider_digest(effort=effort, text=arrival.worker_id, kind="worker")
    submission, is_new = Submission.objects.get_or_create(
        effort=effort,
        reference_digest=provider_digest(effort=effort, text=arrival.reference, kind="reference"),
        defaults={"worker_digest": worker_digest, "details": arrival.details},
    )
    if is_new:
        ProviderIdentity.objects.create(
            submission=submission,
            worker_id_sealed=seal(arrival.worker_id),
            reference_sealed=seal(arrival.reference),
            group_sealed=seal(arrival.group) if arrival.group else "",
        )
    elif submission.worker_digest != worker_digest:
        raise ShownToUser(
            "This link was opened by somebody else before. Please start from your own page at the platform.",
            code="reference_taken",
            status=409,
        )
    return submission


def bind_participant(*, submission: Submission, participant: Participant) -> Submission:
    """From now on this participant's work counts for this submission. Again with the same one changes nothing.

    Raises ShownToUser `submission_bound` where the submission, or this person, has another participant.
    """
    try:
        with transaction.atomic():
            free = Submission.objects.filter(pk=submission.pk, participant__isnull=True)
            if free.update(participant=participant) and submission.worker_digest:
                unnamed = Participant.objects.filter(pk=participant.pk)
                unnamed.update(provider_pseudonym=submission.worker_digest)
    except IntegrityError:
        raise bound_elsewhere() from None  # this person has begun with another submission
    submission.refresh_from_db()
    if submission.participant_id != participant.pk:
        raise bound_elsewhere()
    return submission


def bound_elsewhere() -> ShownToUser:
    return ShownToUser(
        "This work was begun in another browser. Please go on there, or start anew at the platform.",
        code="submission_bound",
        status=409,
    )


def participant_of_person(*, submission: Submission) -> Participant | None:
    """Whoever this submission's person is here, by this submission or an earlier one; withdrawn or not."""
    if submission.participant_id is not None:
        return submission.participant
    if not submission.worker_digest:
        return None
    named = submission.effort.participants.filter(provider_pseudonym=submission.worker_digest)
    return named.first()


def units_done(participant: Participant) -> int:
    return participant.work_units.exclude(state=WorkUnit.State.OPEN).count()


@transaction.atomic
def bring_into_line(*, effort: Effort, listed: Listed, outcome: Reconciliation) -> None:
    """Make the submission here say what the provider's list says, and count in `outcome` what that changed."""
    submission = find_listed(effort, listed)
    if submission is None:
        if listed.state in (State.ENTERED, State.RETURNED):
            outcome.unknown_here += 1  # never came to us: nothing to decide
            return
        submission = adopt(effort, listed)
    if submission.state == State.PURGED:
        return
    if is_somebody_else(submission, listed):
        note_anomaly(
            effort=effort,
            kind="other_person",
            subject=f"submission:{submission.public_id}",
            submission=submission,
        )
        outcome.problems.append(f"Submission {submission.public_id} was entered under another person's id.")
    outcome.changed += follow(submission, listed, outcome=outcome)
    if listed.state in FINISHED_AT_PROVIDER:
        claim_finished_work(submission)


def claim_finished_work(submission: Submission, *, key: str = "") -> None:
    """Work that was done after the decision is not what was decided: its stamps stay with whoever earned them."""
    if decision_in_force(submission) is None:
        claim_own_stamps(submission=submission, key=key)
    verify_stamps(submission=submission)


def find_listed(effort: Effort, listed: Listed) -> Submission | None:
    digest = provider_digest(effort=effort, text=listed.reference, kind="reference")
    return effort.submissions.select_for_update().filter(reference_digest=digest).first()


def is_somebody_else(submission: Submission, listed: Listed) -> bool:
    digest = provider_digest(effort=submission.effort, text=listed.worker_id, kind="worker")
    return bool(digest) and submission.worker_digest != digest


def adopt(effort: Effort, listed: Listed) -> Submission:
    """A finished submission that never came here by its own link, such as one without a code: if its person is
    known here, their work counts for it."""
    from recruitment.channels.contract import Arrival  # not above: the channels import this file

    arrival = Arrival(worker_id=listed.worker_id, reference=listed.reference)
    submission = open_submission(effort=effort, arrival=arrival)
    known = participant_of_person(submission=submission)
    return bind_participant(submission=submission, participant=known) if known else submission


def follow(submission: Submission, listed: Listed, *, outcome: Reconciliation) -> bool:
    """Whether anything had to change."""
    wanted = {
        "submitted_at": listed.submitted_at or submission.submitted_at,
        "decided_by_provider_at": listed.decided_by_provider_at or submission.decided_by_provider_at,
        "details": submission.details | listed.details,
    }
    is_further_on = PROGRESS[listed.state] >= PROGRESS[State(submission.state)]
    if is_further_on and may_overturn(submission, listed, outcome=outcome):
        wanted["state"] = listed.state
    changed = {name: value for name, value in wanted.items() if getattr(submission, name) != value}
    if changed:
        unmoved = Submission.objects.filter(pk=submission.pk, state=submission.state)
        unmoved.update(**changed)
        submission.refresh_from_db()
    if submission.state == State.RETURNED and decision_in_force(submission) is None:
        release_stamps(stamps=submission.stamps.all())  # the same person may come with another submission
    return bool(changed)


def may_overturn(submission: Submission, listed: Listed, *, outcome: Reconciliation) -> bool:
    """Whether the listed state is no contradiction, or one that counts: the platform was told of our decision
    before it was asked, and has decided otherwise since. `adopt_provider_decisions` then follows it."""
    decision = decision_in_force(submission)
    if decision is None or VERDICTS.get(listed.state) in (None, decision.verdict):
        return True
    said = f"Submission {submission.public_id} is {listed.state} on the platform"
    if decision.state in (Decision.State.DECIDED, Decision.State.FAILED):
        told = f"{said}, and the decision here is to {decision.verdict}, not sent yet: send it, or undo it."
        outcome.problems.append(told)
        return False
    if decision.sent_at is None or decision.sent_at >= outcome.asked_at:
        return False  # what was read is older than our decision
    if is_reward_gone(submission):
        outcome.problems.append(f"{said}, but its reward was paid on {decision.verdict}: look into both.")
        return False
    return True


def is_reward_gone(submission: Submission) -> bool:
    """On its way or confirmed. One that goes with an approval (no transfer of ours) is not gone until then."""
    kept = Q(state__in=[Payment.State.OWED, Payment.State.FAILED, Payment.State.CANCELLED])
    kept |= Q(state=Payment.State.SENT, provider_batch="")
    return submission.payments.filter(kind=Payment.Kind.REWARD).exclude(kept).exists()


def decision_in_force(submission: Submission) -> Decision | None:
    return submission.decisions.exclude(state=Decision.State.UNDONE).first()
