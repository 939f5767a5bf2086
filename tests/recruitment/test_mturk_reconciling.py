"""Asking Mechanical Turk brings submissions here into line, and claims the stamps that people typed."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from recruitment.channels import channel_named
from recruitment.models import Anomaly, Effort, Participant, Payment, ProviderIdentity, Submission, WorkStamp
from recruitment.services.identities import identity_of
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_participant
from tests.recruitment.mturk_answers import answer_xml
from tests.recruitment.turk import (
    ASSIGNMENT,
    HIT_ID,
    SUBMITTED_AT,
    WORKER,
    assignment_row,
    foresee_refusal,
    hit_row,
    make_posted_hit,
    make_turk_effort,
    make_turk_submission,
    stubbed_turk,
)

pytestmark = pytest.mark.django_db
CHANNEL = channel_named("mturk")
State = Submission.State


@pytest.fixture
def effort() -> Effort:
    effort = make_turk_effort()
    make_posted_hit(effort)
    return effort


@pytest.fixture
def turk() -> Iterator[Stubber]:
    with stubbed_turk() as stub:
        yield stub


def earned(effort: Effort, participant: Participant | None = None) -> str:
    participant = participant or make_participant(effort=effort)
    subject = f"recording:{participant.work_units.count()}-{participant.pk}"
    return mint_stamp(work_unit=record_finished_work(participant=participant, subject=subject, evidence={}))


def foresee_list(stub: Stubber, *pages: list[dict[str, Any]]) -> None:
    """The assignments of the one HIT, page by page, and the HIT itself."""
    for number, rows in enumerate(pages, start=1):
        asked = {"HITId": HIT_ID, "MaxResults": 100} | ({"NextToken": str(number)} if number > 1 else {})
        more = {"NextToken": str(number + 1)} if number < len(pages) else {}
        stub.add_response("list_assignments_for_hit", {"Assignments": rows, **more}, asked)
    stub.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})


def test_a_submitted_assignment_becomes_a_submission_with_its_stamps(effort: Effort, turk: Stubber) -> None:
    code = earned(effort)
    foresee_list(turk, [assignment_row(Answer=answer_xml(surveycode=f" {code.lower()} "))])
    outcome = CHANNEL.reconcile(effort=effort)
    submission = effort.submissions.get()
    assert (submission.state, submission.submitted_at) == (State.SUBMITTED, SUBMITTED_AT)
    assert WorkStamp.objects.get().claimed_by == submission
    assert identity_of(submission).worker_id == WORKER and outcome.seen == 1


def test_asked_again_nothing_changes(effort: Effort, turk: Stubber) -> None:
    row = assignment_row(Answer=answer_xml(surveycode=earned(effort)))
    for _ in range(2):
        foresee_list(turk, [row])
        outcome = CHANNEL.reconcile(effort=effort)
    assert outcome.changed == 0 and effort.submissions.count() == 1 and not Anomaly.objects.exists()


def test_every_page_of_the_list_is_read(effort: Effort, turk: Stubber) -> None:
    rows = [assignment_row(AssignmentId=f"3ASSIGN{n}", WorkerId=f"A1WORKER{n}") for n in range(3)]
    foresee_list(turk, rows[:2], rows[2:])
    assert CHANNEL.reconcile(effort=effort).seen == 3
    assert effort.submissions.count() == 3


def test_decisions_made_elsewhere_arrive_here(effort: Effort, turk: Stubber) -> None:
    foresee_list(turk, [assignment_row(AssignmentStatus="Approved")])
    CHANNEL.reconcile(effort=effort)
    assert effort.submissions.get().state == State.APPROVED


def test_one_stamp_for_two_people_is_claimed_once_and_noted(effort: Effort, turk: Stubber) -> None:
    answer = answer_xml(surveycode=earned(effort))
    rows = [
        assignment_row(AssignmentId=f"3ASSIGN{n}", WorkerId=f"A1WORKER{n}", Answer=answer) for n in range(2)
    ]
    foresee_list(turk, rows)
    CHANNEL.reconcile(effort=effort)
    assert sorted(found.details["stamps_claimed"] for found in effort.submissions.all()) == ["0", "1"]
    assert Anomaly.objects.get().kind == "stamp_shared"


def test_an_answer_that_is_no_xml_is_reported_and_nothing_is_lost(effort: Effort, turk: Stubber) -> None:
    foresee_list(turk, [assignment_row(Answer="<!DOCTYPE a []><a/>")])
    outcome = CHANNEL.reconcile(effort=effort)
    assert effort.submissions.get().state == State.SUBMITTED
    assert "document type" in outcome.problems[0] and ASSIGNMENT not in outcome.problems[0]


def test_nobody_can_be_found_in_the_rows_without_the_key(effort: Effort, turk: Stubber) -> None:
    foresee_list(turk, [assignment_row(Answer=answer_xml(surveycode="none"))])
    CHANNEL.reconcile(effort=effort)
    rows = [*Submission.objects.values(), *ProviderIdentity.objects.values(), *Anomaly.objects.values()]
    assert rows and not any(secret in str(rows) for secret in (WORKER, ASSIGNMENT))


def test_a_hit_of_another_marketplace_is_not_asked_about(effort: Effort, turk: Stubber) -> None:
    effort.mturk_hits.update(endpoint="https://elsewhere.example")
    assert CHANNEL.reconcile(effort=effort).seen == 0


@pytest.mark.parametrize(("status", "is_confirmed"), [("Submitted", False), ("Approved", True)])
def test_a_reward_is_confirmed_by_the_status_there_and_not_by_our_own_approval(
    effort: Effort, turk: Stubber, status: str, is_confirmed: bool
) -> None:
    submission = make_turk_submission(effort)
    effort.submissions.update(state=State.APPROVED)
    reward = Payment.objects.create(
        submission=submission, kind="reward", amount_minor=150, currency="USD", state="sent"
    )
    foresee_list(turk, [assignment_row(AssignmentStatus=status)])
    assert CHANNEL.reconcile(effort=effort).paid == ([reward] if is_confirmed else [])


def test_a_hit_that_is_gone_is_reported_and_the_rest_goes_on(effort: Effort, turk: Stubber) -> None:
    gone = make_posted_hit(effort, hit_id="3HITGONE0000000000001")
    effort.mturk_hits.exclude(pk=gone.pk).delete()
    make_posted_hit(effort)
    foresee_refusal(turk, "list_assignments_for_hit", message=f"Hit {gone.hit_id} does not exist.")
    foresee_list(turk, [assignment_row()])
    outcome = CHANNEL.reconcile(effort=effort)
    assert (outcome.seen, effort.submissions.get().state) == (1, State.SUBMITTED)
    assert outcome.problems == [f"HIT {gone.hit_id}: Mechanical Turk refused: Hit … does not exist."]


def test_a_bonus_that_cannot_be_asked_about_keeps_no_other_payment_waiting(
    effort: Effort, turk: Stubber
) -> None:
    submission = make_turk_submission(effort)
    bonus, reward = (
        Payment.objects.create(
            submission=submission,
            kind=kind,
            amount_minor=150,
            currency="USD",
            state="sent",
            idempotency_key=kind,
        )
        for kind in ("bonus", "reward")
    )
    foresee_list(turk, [assignment_row(AssignmentStatus="Approved")])
    foresee_refusal(turk, "list_bonus_payments", message=f"Assignment {ASSIGNMENT} does not exist.")
    outcome = CHANNEL.reconcile(effort=effort)
    assert (outcome.paid, bonus.state) == ([reward], "sent")
    assert "Assignment … does not exist." in outcome.problems[0]
