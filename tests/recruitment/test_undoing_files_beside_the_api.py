"""Undoing a results file leaves alone what the platform's own list had brought and claimed before."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from recruitment.models import Effort, WorkStamp
from recruitment.rules.marks import Mark
from recruitment.services.provider_files import read_file
from recruitment.services.row_submissions import apply_file, undo_file
from tests.factories import make_participant, make_user
from tests.recruitment.mturk_answers import answer_xml
from tests.recruitment.results_files import Batch, Line, make_stamps
from tests.recruitment.test_mturk_reconciling import CHANNEL, foresee_list
from tests.recruitment.turk import (
    ASSIGNMENT,
    WORKER,
    assignment_row,
    make_posted_hit,
    make_turk_effort,
    stubbed_turk,
)
from tests.recruitment.works import make_stamp

pytestmark = pytest.mark.django_db


@pytest.fixture
def turk() -> Iterator[Stubber]:
    with stubbed_turk() as stub:
        yield stub


def listed(turk: Stubber, effort: Effort, code: str) -> None:
    foresee_list(turk, [assignment_row(Answer=answer_xml(surveycode=code))])
    CHANNEL.reconcile(effort=effort)


def apply_and_undo(effort: Effort, answer: str) -> None:
    admin, batch = make_user(role="admin"), Batch(effort)
    batch.lines = [Line(worker=WORKER, assignment=ASSIGNMENT, answer=answer, mark=Mark.OK)]
    kept, _ = read_file(effort=effort, file_name="b.csv", data=batch.as_csv(), actor=admin)
    apply_file(provider_file=kept, actor=admin)
    undo_file(provider_file=kept, actor=admin)


def test_what_the_list_had_claimed_stays_claimed(turk: Stubber) -> None:
    effort = make_turk_effort()
    make_posted_hit(effort)
    stamp, code = make_stamp(participant=make_participant(effort=effort))
    listed(turk, effort, code)
    apply_and_undo(effort, code)
    submission = effort.submissions.get()
    assert (submission.state, WorkStamp.objects.get(pk=stamp.pk).claimed_by) == ("submitted", submission)


def test_what_only_the_file_named_goes_back_and_the_answer_is_read_again(turk: Stubber) -> None:
    effort = make_turk_effort(units_wanted=1)
    make_posted_hit(effort)
    (code,) = make_stamps(effort, 1)
    listed(turk, effort, "a slip")
    apply_and_undo(effort, code)
    assert WorkStamp.objects.get().claimed_by is None
    listed(turk, effort, code)
    assert WorkStamp.objects.get().claimed_by == effort.submissions.get()
