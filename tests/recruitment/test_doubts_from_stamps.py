"""What is odd about stamped work goes to a person, also where only the stamps say whose work it was."""

import pytest
from django.utils import timezone

from recruitment.models import Anomaly, Participant, Submission, WorkStamp
from recruitment.proposals import proposal_for, propose
from recruitment.services.anomalies import note_anomaly, settle_anomaly
from recruitment.services.stamps import claim_found_stamp
from tests.factories import make_participant, make_user
from tests.recruitment.turk import make_turk_effort
from tests.recruitment.works import make_stamp, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def stamp() -> WorkStamp:
    """Of work that nobody reviews, used by a submission that is bound to no participant."""
    effort = make_turk_effort()
    stamp, _ = make_stamp(participant=make_participant(effort=effort), needs_review=False)
    submission = make_submission(effort=effort, state="submitted", submitted_at=timezone.now())
    claim_found_stamp(stamp=stamp, submission=submission, idempotency_key="key")
    stamp.refresh_from_db()
    return stamp


def is_clear(stamp: WorkStamp) -> bool:
    """The list and the desk must agree."""
    submission = Submission.objects.get()
    assert submission.participant is None and submission == stamp.claimed_by
    [listed] = propose(effort=submission.effort)
    assert listed.outcome == proposal_for(submission=submission).outcome
    return listed.outcome.is_clear


def note(stamp: WorkStamp, kind: str, *, participant: Participant | None = None) -> Anomaly:
    effort = Submission.objects.get().effort
    return note_anomaly(effort=effort, kind=kind, subject=stamp.work_unit.subject, participant=participant)


@pytest.mark.parametrize("kind", ["one_person", "same_voice", "unit_too_fast"])
def test_an_anomaly_of_whoever_earned_the_stamp_waits_for_a_person(stamp: WorkStamp, kind: str) -> None:
    assert is_clear(stamp)
    anomaly = note(stamp, kind, participant=stamp.work_unit.participant)
    assert not is_clear(stamp)
    settle_anomaly(anomaly=anomaly, actor=make_user(role="admin"))
    assert is_clear(stamp)


def test_an_anomaly_about_the_unit_of_work_is_enough(stamp: WorkStamp) -> None:
    anomaly = note(stamp, "stamp_late")
    [proposal] = propose(effort=anomaly.effort)
    assert proposal.anomalies == (anomaly,)
    assert not is_clear(stamp)


def test_people_who_withdrew_after_they_handed_in_a_stamp_are_not_paid_by_rule(stamp: WorkStamp) -> None:
    Participant.objects.filter(pk=stamp.work_unit.participant_id).update(withdrawn_at=timezone.now())
    assert not is_clear(stamp)
    [proposal] = propose(effort=Submission.objects.get().effort)
    assert "withdrawn" in proposal.outcome.doubts[0]


def test_an_anomaly_of_somebody_else_changes_nothing(stamp: WorkStamp) -> None:
    other, _ = make_stamp(participant=make_participant(effort=Submission.objects.get().effort))
    note(other, "one_person", participant=other.work_unit.participant)
    assert is_clear(stamp)
