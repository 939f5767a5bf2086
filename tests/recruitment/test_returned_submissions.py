"""Whoever gave a submission back has their stamps for the next one."""

import pytest

from recruitment.models import Decision, Submission, WorkStamp
from recruitment.services.reconciling import reconcile_effort
from tests.recruitment.prolific_people import make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db


def submitted(prolific: FakeProlific) -> Submission:
    submission = work_as(1, effort=make_prolific_effort())
    prolific.add(reference=reference(1), worker=worker_id(1), status="AWAITING REVIEW")
    reconcile_effort(effort=submission.effort)
    assert submission.stamps.count() == 1
    prolific.submissions[reference(1)]["status"] = "RETURNED"
    return submission


def test_the_second_submission_of_somebody_who_returned_the_first_has_their_work(
    prolific: FakeProlific,
) -> None:
    first = submitted(prolific)
    prolific.add(reference=reference(2), worker=worker_id(1), status="AWAITING REVIEW")
    for _ in range(2):  # whichever of the two the list names first
        reconcile_effort(effort=first.effort)
    second = Submission.objects.exclude(pk=first.pk).get()
    assert WorkStamp.objects.get().claimed_by == second


def test_a_decision_in_force_keeps_the_stamps(prolific: FakeProlific) -> None:
    submission = submitted(prolific)
    Decision.objects.create(submission=submission, verdict="approve", rule="by hand")
    reconcile_effort(effort=submission.effort)
    assert WorkStamp.objects.get().claimed_by == submission
