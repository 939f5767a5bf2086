"""Stamps go forward from state to state; a decision can be reopened, a payment cannot."""

import pytest

from core.errors import ShownToUser
from recruitment.models import Submission, WorkStamp
from recruitment.rules.stamp_states import FORWARD
from recruitment.services.stamps import claim_stamp, move_stamps, reopen_stamps
from tests.recruitment.works import make_stamp, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def submission() -> Submission:
    """With one claimed stamp."""
    stamp, code = make_stamp()
    made = make_submission(effort=stamp.work_unit.participant.effort)
    claim_stamp(effort=made.effort, code=code, submission=made, idempotency_key="key")
    return made


def state_of(submission: Submission) -> str:
    return submission.stamps.get().state


def test_a_stamp_goes_all_the_way_and_each_step_may_be_told_twice(submission: Submission) -> None:
    for state in ("verified", "approved", "paid"):
        assert move_stamps(submission=submission, state=state) == 1
        assert move_stamps(submission=submission, state=state) == 0
    assert move_stamps(submission=submission, state="verified") == 0
    assert state_of(submission) == "paid"


def test_what_is_rejected_is_not_paid_and_not_approved_by_the_way(submission: Submission) -> None:
    move_stamps(submission=submission, state="rejected")
    for state in ("approved", "paid"):
        with pytest.raises(ShownToUser, match="is rejected and cannot become"):
            move_stamps(submission=submission, state=state)
    assert state_of(submission) == "rejected"


def test_nothing_is_paid_before_it_is_approved(submission: Submission) -> None:
    with pytest.raises(ShownToUser, match="is claimed and cannot become paid"):
        move_stamps(submission=submission, state="paid")


def test_where_one_stamp_cannot_move_none_does(submission: Submission) -> None:
    WorkStamp.objects.update(state="paid")
    stamp, code = make_stamp(participant=submission.stamps.get().work_unit.participant)
    claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key="2")
    with pytest.raises(ShownToUser):
        move_stamps(submission=submission, state="rejected")
    assert set(submission.stamps.values_list("state", flat=True)) == {"paid", "claimed"}


def test_an_undone_decision_waits_again_and_a_payment_stays(submission: Submission) -> None:
    move_stamps(submission=submission, state="rejected")
    assert reopen_stamps(submission=submission) == 1
    assert state_of(submission) == "verified"
    move_stamps(submission=submission, state="approved")
    move_stamps(submission=submission, state="paid")
    assert reopen_stamps(submission=submission) == 0
    assert state_of(submission) == "paid"


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(FORWARD) == set(WorkStamp.State.values)
