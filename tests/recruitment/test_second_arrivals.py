"""Who took part is turned away; whose first submission came to nothing goes on with the next."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from core.errors import ShownToUser
from recruitment.models import Decision, Effort, Submission
from recruitment.services.arrivals import enter_once, receive_arrival
from tests.factories import make_participant
from tests.recruitment.prolific_people import make_prolific_effort, parameters, work_as
from tests.recruitment.turk import make_turk_effort
from tests.recruitment.works import make_stamp

pytestmark = pytest.mark.django_db
State = Submission.State


def arrive_again(effort: Effort) -> Submission | None:
    return receive_arrival(session=SessionStore(), effort=effort, parameters=parameters(1, 2))


def arrive_at_turk(effort: Effort, assignment: str) -> Submission:
    session, ids = SessionStore(), {"workerId": "A1WORKER", "assignmentId": assignment}
    submission = receive_arrival(session=session, effort=effort, parameters=ids)
    assert submission is not None
    enter_once(session=session, effort=effort, begin=lambda: make_participant(effort=effort), is_staff=False)
    submission.refresh_from_db()
    return submission


def test_who_gave_up_and_was_purged_has_not_taken_part() -> None:
    first = work_as(1, effort=make_prolific_effort())
    Submission.objects.update(state=State.PURGED)
    second = arrive_again(first.effort)
    assert second is not None and second.participant == first.participant


def test_who_was_decided_and_purged_has_taken_part() -> None:
    first = work_as(1, effort=make_prolific_effort())
    Decision.objects.create(submission=first, verdict="approve", rule="by hand", state="sent")
    Submission.objects.update(state=State.PURGED)
    with pytest.raises(ShownToUser) as refusal:
        arrive_again(first.effort)
    assert refusal.value.code == "took_part_already"


def test_finished_work_of_an_expired_assignment_goes_to_the_next_one() -> None:
    effort = make_turk_effort(units_wanted=1)
    first = arrive_at_turk(effort, "3FIRST")
    make_stamp(participant=first.participant)
    assert arrive_at_turk(effort, "3SECOND").participant == first.participant


def test_an_assignment_that_was_submitted_counts_as_taking_part() -> None:
    effort = make_turk_effort(units_wanted=1)
    arrive_at_turk(effort, "3FIRST")
    Submission.objects.update(state=State.SUBMITTED)
    with pytest.raises(ShownToUser) as refusal:
        arrive_at_turk(effort, "3SECOND")
    assert refusal.value.code == "took_part_already"
