"""Approvals, rejections and bonuses reach Mechanical Turk once, in calls that its service model accepts."""

import pytest
from botocore.stub import Stubber

from core.errors import RetryLater, ShownToUser
from recruitment.channels import channel_named
from recruitment.models import Payment, Submission
from recruitment.services.payments import deliver_payment, mark_paid
from tests.factories import make_user
from tests.recruitment.turk import (
    ASSIGNMENT,
    WORKER,
    foresee_refusal,
    foresee_status,
    make_decision,
    make_turk_effort,
    make_turk_submission,
    stubbed_turk,
)

pytestmark = pytest.mark.django_db
CHANNEL = channel_named("mturk")
DECIDED = f"This operation can be called with a status of: Submitted (1790000000000 {ASSIGNMENT})"
APPROVAL = {"AssignmentId": ASSIGNMENT, "OverrideRejection": False}


@pytest.fixture
def submission() -> Submission:
    return make_turk_submission(make_turk_effort())


def make_bonus(submission: Submission, *, key: str = "bonus-1", **fields: str) -> Payment:
    wanted = {"amount_minor": 250, "currency": "USD", "reason": "A fine take.", **fields}
    return Payment.objects.create(submission=submission, kind="bonus", idempotency_key=key, **wanted)


def foresee_bonuses(stub: Stubber, *paid: tuple[str, str]) -> None:
    rows = [{"BonusAmount": amount, "Reason": reason, "WorkerId": WORKER} for amount, reason in paid]
    stub.add_response("list_bonus_payments", {"BonusPayments": rows}, {"AssignmentId": ASSIGNMENT})


def foresee_sending(stub: Stubber, *, token: str = "bonus-1") -> None:
    wanted = {"WorkerId": WORKER, "AssignmentId": ASSIGNMENT, "BonusAmount": "2.50", "Reason": "A fine take."}
    stub.add_response("send_bonus", {}, wanted | {"UniqueRequestToken": token})


def test_an_approval_is_sent(submission: Submission) -> None:
    with stubbed_turk() as stub:
        stub.add_response("approve_assignment", {}, APPROVAL)
        CHANNEL.decide(decision=make_decision(submission))


def test_a_second_approval_is_refused_there_and_a_success_here(submission: Submission) -> None:
    with stubbed_turk() as stub:
        foresee_refusal(stub, "approve_assignment", message=DECIDED)
        foresee_status(stub, "Approved")
        CHANNEL.decide(decision=make_decision(submission))


def test_a_rejection_carries_its_reason(submission: Submission) -> None:
    with stubbed_turk() as stub:
        wanted = {"AssignmentId": ASSIGNMENT, "RequesterFeedback": "Take 2 is silent."}
        stub.add_response("reject_assignment", {}, wanted)
        CHANNEL.decide(decision=make_decision(submission, "reject"))


def test_an_approval_after_a_rejection_overrides_it(submission: Submission) -> None:
    with stubbed_turk() as stub:
        foresee_refusal(stub, "approve_assignment", message=DECIDED)
        foresee_status(stub, "Rejected")
        stub.add_response("approve_assignment", {}, APPROVAL | {"OverrideRejection": True})
        CHANNEL.decide(decision=make_decision(submission))


def test_an_approval_cannot_be_turned_into_a_rejection(submission: Submission) -> None:
    with stubbed_turk() as stub, pytest.raises(ShownToUser) as refusal:
        foresee_refusal(stub, "reject_assignment", message=DECIDED)
        foresee_status(stub, "Approved")
        CHANNEL.decide(decision=make_decision(submission, "reject"))
    assert refusal.value.code == "decided_otherwise"


def test_any_other_refusal_is_shown_without_the_ids_in_it(submission: Submission) -> None:
    with stubbed_turk() as stub, pytest.raises(ShownToUser) as refusal:
        foresee_refusal(stub, "approve_assignment", message=f"Hit of {ASSIGNMENT} by {WORKER} is disposed")
        CHANNEL.decide(decision=make_decision(submission))
    assert refusal.value.message == "Mechanical Turk refused: Hit of … by … is disposed"


def test_a_bonus_is_sent_with_its_own_key_as_token(submission: Submission) -> None:
    with stubbed_turk() as stub:
        foresee_bonuses(stub, ("2.50", "Another reason"), ("1.00", "A fine take."))
        foresee_sending(stub)
        assert CHANNEL.pay(payment=make_bonus(submission)) == "bonus-1"


def test_a_bonus_that_is_shown_already_is_not_sent_again(submission: Submission) -> None:
    with stubbed_turk() as stub:
        foresee_bonuses(stub, ("2.5", "A fine take."))
        CHANNEL.pay(payment=make_bonus(submission))


def test_two_equal_bonuses_are_two_bonuses(submission: Submission) -> None:
    make_bonus(submission, state="sent")
    with stubbed_turk() as stub:
        foresee_bonuses(stub, ("2.50", "A fine take."))
        foresee_sending(stub, token="bonus-2")
        CHANNEL.pay(payment=make_bonus(submission, key="bonus-2"))


def test_of_two_equal_bonuses_at_once_each_is_sent(submission: Submission) -> None:
    first = make_bonus(submission, state="sending")
    second = make_bonus(submission, key="bonus-2", state="sending")
    with stubbed_turk(), pytest.raises(RetryLater, match="same amount and reason is on its way"):
        deliver_payment(payment_id=second.pk)
    with stubbed_turk() as stub:
        foresee_bonuses(stub)
        foresee_sending(stub)
        deliver_payment(payment_id=first.pk)
        foresee_bonuses(stub, ("2.50", "A fine take."))
        foresee_sending(stub, token="bonus-2")
        deliver_payment(payment_id=second.pk)
    assert set(Payment.objects.values_list("state", flat=True)) == {"sent"}


def test_a_bonus_marked_by_hand_is_not_taken_for_one_that_is_shown(submission: Submission) -> None:
    by_hand = make_bonus(submission, key="bonus-2")
    mark_paid(payment=by_hand, note_text="In cash.", actor=make_user(role="admin"))
    with stubbed_turk() as stub:
        foresee_bonuses(stub, ("2.50", "A fine take."))
        assert CHANNEL.pay(payment=make_bonus(submission)) == "bonus-1"


def test_a_token_that_was_used_counts_as_sent(submission: Submission) -> None:
    with stubbed_turk() as stub:
        foresee_bonuses(stub)
        code = "AWS.MechanicalTurk.DuplicateRequest"
        foresee_refusal(stub, "send_bonus", message="Repeated request", turk_code=code)
        CHANNEL.pay(payment=make_bonus(submission))


@pytest.mark.parametrize(("status", "is_paid"), [("Approved", True), ("Submitted", False)])
def test_the_reward_goes_with_the_approval(submission: Submission, status: str, is_paid: bool) -> None:
    reward = Payment.objects.create(submission=submission, kind="reward", amount_minor=150, currency="USD")
    with stubbed_turk() as stub:
        foresee_status(stub, status)
        if is_paid:
            assert CHANNEL.pay(payment=reward) == "approval"
        else:
            with pytest.raises(ShownToUser, match="approve it first"):
                CHANNEL.pay(payment=reward)
