"""Where the platform decides otherwise than we told it, the books follow; what we have not sent yet stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from recruitment.models import Decision, Submission, WorkStamp
from recruitment.services.decisions import decide, mark_sent, undo_decision
from recruitment.services.reconciling import reconcile_effort
from tests.recruitment.prolific_people import make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db


def told(prolific: FakeProlific, verdict: str) -> Decision:
    """A decision that Prolific was told of, about a submission that pays."""
    submission = work_as(1, effort=make_prolific_effort(reward_minor=450, currency="GBP"))
    prolific.add(reference=reference(1), worker=worker_id(1), status="AWAITING REVIEW")
    reconcile_effort(effort=submission.effort)
    submission.refresh_from_db()
    reason = {"reason_code": "no_work", "message": "Take 1 is silent."} if verdict == "reject" else {}
    decision = decide(submission=submission, verdict=verdict, actor=None, **reason)
    mark_sent(decisions=Decision.objects.filter(pk=decision.pk))
    decision.refresh_from_db()
    return decision


def listed_as(prolific: FakeProlific, status: str, submission: Submission) -> list[str]:
    prolific.submissions[reference(1)]["status"] = status
    return reconcile_effort(effort=submission.effort).problems


@pytest.mark.parametrize(
    ("verdict", "status", "state", "payment"),
    [("reject", "APPROVED", "approved", "sent"), ("approve", "REJECTED", "rejected", "cancelled")],
)
def test_the_platforms_own_decision_takes_the_place_of_the_one_it_was_told(
    prolific: FakeProlific, verdict: str, status: str, state: str, payment: str
) -> None:
    first = told(prolific, verdict)
    submission = first.submission
    assert listed_as(prolific, status, submission) == []
    submission.refresh_from_db()
    new = submission.decisions.exclude(state="undone").get()
    expected = {"approved": "approve", "rejected": "reject"}[state]
    assert (submission.state, new.verdict, new.rule) == (state, expected, "by the provider")
    assert (submission.payments.get().state, WorkStamp.objects.get().state) == (payment, state)
    assert AuditEntry.objects.filter(action="submission.undo_decision").get().details["verdict"] == verdict


def test_a_decision_that_is_not_sent_yet_stays_and_the_contradiction_is_said(prolific: FakeProlific) -> None:
    first = told(prolific, "reject")
    submission = undo_decision(decision=first, actor=None).submission
    decide(submission=submission, verdict="approve", actor=None)
    (problem,) = listed_as(prolific, "REJECTED", submission)
    assert "decision here is to approve, not sent yet" in problem
    submission.refresh_from_db()
    assert (submission.state, submission.payments.get().state) == ("approved", "owed")


def test_a_list_that_is_older_than_the_decision_overturns_nothing(prolific: FakeProlific) -> None:
    first = told(prolific, "approve")
    Decision.objects.update(sent_at=timezone.now() + timedelta(minutes=1))
    assert listed_as(prolific, "REJECTED", first.submission) == []
    first.submission.refresh_from_db()
    assert (first.submission.state, Decision.objects.get().state) == ("approved", "sent")


def test_a_reward_that_was_paid_is_not_taken_out_of_the_books(prolific: FakeProlific) -> None:
    first = told(prolific, "approve")
    first.submission.payments.update(state="confirmed")
    (problem,) = listed_as(prolific, "REJECTED", first.submission)
    assert "its reward was paid" in problem
    assert (Decision.objects.get().state, first.submission.payments.get().state) == ("sent", "confirmed")
