"""A stamp is verified once its submission is confirmed and its work was looked at; late stamps follow the decision."""

import pytest

from recruitment.models import Decision, Submission, WorkStamp, WorkUnit
from recruitment.services.reconciling import reconcile_effort
from recruitment.services.stamps import claim_stamp
from recruitment.services.work_units import write_review
from tests.recruitment.prolific_people import make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import FakeProlific
from tests.recruitment.works import make_stamp

pytestmark = pytest.mark.django_db


def submitted(prolific: FakeProlific, *, units: int = 1) -> Submission:
    submission = work_as(1, effort=make_prolific_effort(), units=units)
    prolific.add(reference=reference(1), worker=worker_id(1), status="AWAITING REVIEW")
    return submission


def states(submission: Submission) -> list[str]:
    return list(submission.stamps.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("state", "evidence", "stamp"),
    [
        ("done", {}, "claimed"),
        ("approved", {}, "verified"),
        ("rejected", {}, "verified"),
        ("done", {"needs_review": False}, "verified"),
    ],
)
def test_what_the_list_confirms_is_verified_where_the_work_was_looked_at_or_need_not_be(
    prolific: FakeProlific, state: str, evidence: dict[str, bool], stamp: str
) -> None:
    submission = submitted(prolific)
    WorkUnit.objects.update(state=state, evidence=evidence)
    reconcile_effort(effort=submission.effort)
    assert states(submission) == [stamp]


def test_a_review_verifies_the_stamp_at_once_and_only_its_own(prolific: FakeProlific) -> None:
    submission = submitted(prolific, units=2)
    reconcile_effort(effort=submission.effort)
    first = WorkUnit.objects.order_by("pk")[0]
    write_review(work_unit=first, state="approved", review={"decision": "accepted", "reason": ""})
    assert states(submission) == ["verified", "claimed"]


def test_work_done_after_the_decision_is_not_claimed_by_it(prolific: FakeProlific) -> None:
    submission = submitted(prolific)
    reconcile_effort(effort=submission.effort)
    Decision.objects.create(submission=submission, verdict="approve", rule="by hand")
    late, _ = make_stamp(participant=submission.participant)
    reconcile_effort(effort=submission.effort)
    assert WorkStamp.objects.get(pk=late.pk).claimed_by is None


@pytest.mark.parametrize(
    ("verdict", "decision", "stamp"),
    [("approve", "sent", "approved"), ("reject", "sent", "rejected"), ("approve", "decided", "claimed")],
)
def test_a_stamp_that_is_handed_in_after_the_decision_follows_it(
    prolific: FakeProlific, verdict: str, decision: str, stamp: str
) -> None:
    submission = submitted(prolific, units=0)
    fields = {"reason_code": "no_work", "message": "No take."} if verdict == "reject" else {}
    Decision.objects.create(submission=submission, verdict=verdict, rule="by hand", state=decision, **fields)
    _, code = make_stamp(participant=submission.participant)
    claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key="key")
    assert states(submission) == [stamp]
