"""Decisions reach Prolific once, with a category and words it takes, and ids stay out of what it answers."""

import pytest

from core.errors import ShownToUser
from recruitment.channels.prolific import ProlificChannel
from recruitment.models import Decision
from tests.recruitment.prolific_people import make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db


def decision(verdict: str, prolific: FakeProlific, *, status: str = "AWAITING REVIEW") -> Decision:
    submission = work_as(1, effort=make_prolific_effort())
    prolific.add(reference=reference(1), worker=worker_id(1), status=status)
    words = {"reason_code": "too_quick", "message": "Too quick."} if verdict == "reject" else {}
    return Decision.objects.create(submission=submission, verdict=verdict, rule="by hand", **words)


def decide(decided: Decision) -> None:
    ProlificChannel().decide(decision=decided)


def test_an_approval_told_twice_is_told_once(prolific: FakeProlific) -> None:
    approved = decision("approve", prolific)
    decide(approved)
    decide(approved)
    assert prolific.submissions[reference(1)]["status"] == "APPROVED"
    assert prolific.calls["POST submissions transition"] == 1


def test_a_rejection_carries_a_category_and_enough_words(prolific: FakeProlific) -> None:
    decide(decision("reject", prolific))
    told = prolific.submissions[reference(1)]
    assert (told["status"], told["rejection_category"]) == ("REJECTED", "TOO_QUICKLY")
    assert told["message"].startswith("Too quick. If you think")
    assert len(told["message"]) >= 100


def test_an_approval_takes_a_rejection_back(prolific: FakeProlific) -> None:
    decide(decision("approve", prolific, status="REJECTED"))
    assert prolific.submissions[reference(1)]["status"] == "APPROVED"


def test_an_answer_that_was_lost_counts_as_told(prolific: FakeProlific) -> None:
    approved = decision("approve", prolific, status="APPROVED")
    decide(approved)
    assert prolific.calls["POST submissions transition"] == 0


def test_a_refusal_is_passed_on_without_the_ids_in_it(prolific: FakeProlific) -> None:
    with pytest.raises(ShownToUser, match="cannot APPROVE in status RETURNED") as refusal:
        decide(decision("approve", prolific, status="RETURNED"))
    assert refusal.value.code == "provider_refused"
    assert reference(1) not in refusal.value.message
