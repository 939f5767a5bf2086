"""What the pages on which submissions are decided show, read from rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from recruitment.anomaly_list import AnomalyLine, lines_of
from recruitment.channels import channel_named
from recruitment.file_rows import FileRow, file_row_of
from recruitment.models import Decision, Effort, Submission
from recruitment.proposals import Proposal, proposal_for, propose, undecided
from recruitment.rules.deciding import APPROVE
from recruitment.rules.money import money
from recruitment.rules.reasons import REASONS, Reason
from recruitment.services.decisions import decision_in_force, stuck_decisions, undo_ends_at, why_not_undoable

State = Decision.State
LOOKED_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One submission in front of somebody who decides, with its neighbours among the doubtful ones."""

    effort: Effort
    submission: Submission
    proposal: Proposal
    anomalies: list[AnomalyLine]
    file_row: FileRow | None
    decision: Decision | None
    not_undoable: str
    undo_until: datetime | None
    previous: UUID | None
    following: UUID | None
    waiting: int

    @property
    def reasons(self) -> Iterable[Reason]:
        return REASONS.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far sending is."""

    unsent: int
    sending: int
    sent: int
    failed: int
    stuck: int = 0

    @property
    def sendable(self) -> int:
        return self.unsent + self.failed + self.stuck

    @property
    def total(self) -> int:
        return self.sending + self.sent + self.failed


def desk_of(submission: Submission) -> Desk:
    effort = submission.effort
    queue = list(undecided(effort).order_by("submitted_at", "pk").values_list("public_id", flat=True))
    proposal = proposal_for(submission=submission)
    decision = decision_in_force(submission)
    before, after = around(queue, submission.public_id)
    obstacle = why_not_undoable(decision, submission=submission) if decision else ""
    is_told = decision is not None and decision.state == State.SENT
    return Desk(
        effort=submission.effort,
        submission=submission,
        proposal=proposal,
        anomalies=lines_of(proposal.anomalies),
        file_row=file_row_of(submission),
        decision=decision,
        not_undoable=obstacle,
        undo_until=undo_ends_at(decision, submission=submission)
        if decision and is_told and not obstacle
        else None,
        previous=first_doubtful(effort, before),
        following=first_doubtful(effort, after),
        waiting=len(queue),
    )


def around(queue: list[UUID], current: UUID) -> tuple[list[UUID], list[UUID]]:
    """Before it and after it, the nearest first; one that waits no more comes before all of the queue."""
    if current not in queue:
        return [], queue
    at = queue.index(current)
    return queue[:at][::-1], queue[at + 1 :]


def first_doubtful(effort: Effort, candidates: list[UUID]) -> UUID | None:
    """In this order, some at a time: in a large effort the next one is rarely far."""
    for start in range(0, len(candidates), LOOKED_AT_ONCE):
        some = candidates[start : start + LOOKED_AT_ONCE]
        proposals = propose(effort=effort, only=[str(public_id) for public_id in some])
        doubtful = {found.submission.public_id for found in proposals if not found.outcome.is_clear}
        nearest = next((public_id for public_id in some if public_id in doubtful), None)
        if nearest is not None:
            return nearest
    return None


def progress_of(effort: Effort) -> Progress:
    rows = Decision.objects.filter(submission__effort=effort).values("state").annotate(count=Count("id"))
    counts = {row["state"]: row["count"] for row in rows}
    is_told = channel_named(effort.channel).tells_nobody
    stuck = stuck_decisions(effort).count()
    return Progress(
        unsent=0 if is_told else counts.get(State.DECIDED, 0),
        sending=counts.get(State.SENDING, 0) - stuck,
        sent=counts.get(State.SENT, 0),
        failed=counts.get(State.FAILED, 0),
        stuck=stuck,
    )


def clear_total(effort: Effort, clear: list[Proposal]) -> str:
    """What approving all of these will owe."""
    approved = sum(proposal.outcome.verdict == APPROVE for proposal in clear)
    return money(approved * effort.reward_minor, effort.currency) if effort.reward_minor else ""
