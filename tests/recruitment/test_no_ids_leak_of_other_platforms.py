"""Ids of a results file, and of a person in Mechanical Turk's frame, are found nowhere but in what was asked for."""

import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from recruitment.models import Effort, ProviderFile, WorkStamp
from recruitment.services.decisions import decide
from recruitment.services.reconciling import reconcile_effort
from recruitment.services.stamps import mint_stamp
from recruitment.services.submissions import bind_participant
from recruitment.services.work_units import record_finished_work
from tests.factories import make_campaign, make_participant, make_user
from tests.recruitment.leaks import hits, whole_database
from tests.recruitment.mturk_answers import answer_xml
from tests.recruitment.results_files import make_csv_effort, make_stamps
from tests.recruitment.turk import (
    ASSIGNMENT,
    HIT_ID,
    WORKER,
    assignment_row,
    hit_row,
    make_posted_hit,
    make_turk_effort,
    stubbed_turk,
)

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = [WORKER, ASSIGNMENT]
PAGES = ("effort", "effort-decisions", "effort-ledger", "effort-stamps", "effort-anomalies", "effort-import")
SANDBOX = "https://workersandbox.mturk.com"
ARRIVAL = {"assignmentId": ASSIGNMENT, "hitId": HIT_ID, "workerId": WORKER, "turkSubmitTo": SANDBOX}


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user(role="admin"))
    return client


def everything(admin: Client, effort: Effort, *more: str) -> bytes:
    answers = [admin.get(reverse(name, args=[effort.pk])) for name in (*PAGES, "ledger-file", *more)]
    assert {answer.status_code for answer in answers} == {200}
    sessions = json.dumps([row.get_decoded() for row in Session.objects.all()]).encode()
    return b"\n".join([whole_database(), sessions, *(b"".join(answer) for answer in answers)])


def test_a_results_file_is_applied_decided_and_exported_without_a_trace(
    admin: Client, caplog: pytest.LogCaptureFixture
) -> None:
    effort = make_csv_effort()
    row = f"{WORKER},{ASSIGNMENT},{make_stamps(effort, 1)[0]}"
    data = f"WorkerId,AssignmentId,Answer.surveycode\n{row}\n".encode()
    with caplog.at_level(logging.DEBUG):
        upload = SimpleUploadedFile("batch.csv", data, content_type="text/csv")
        admin.post(reverse("effort-import", args=[effort.pk]), {"file": upload})
        file = [effort.pk, ProviderFile.objects.get().public_id]
        admin.post(reverse("import-apply", args=file), {"platform_pays_nothing": "1"})
        decide(submission=effort.submissions.get(), verdict="approve", actor=make_user(role="admin"))
        exported = admin.post(reverse("import-export", args=file)).content
        found = everything(admin, effort)
    assert hits(PLANTED, where=exported) and WorkStamp.objects.filter(state="approved").exists()
    assert hits(PLANTED, where=found + caplog.text.encode()) == []


def test_a_person_in_the_frame_is_listed_and_their_work_claimed_without_a_trace(
    admin: Client, caplog: pytest.LogCaptureFixture
) -> None:
    effort = make_campaign(effort=make_turk_effort()).effort
    make_posted_hit(effort)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, logger="botocore"):
        arrived: Any = Client().get(f"{reverse('embedded', args=[effort.pk])}?{urlencode(ARRIVAL)}")
        submission = effort.submissions.get()
        bind_participant(submission=submission, participant=make_participant(effort=effort))
        submission.refresh_from_db()
        assert submission.participant is not None
        unit = record_finished_work(participant=submission.participant, subject="recording:1", evidence={})
        row = assignment_row(Answer=answer_xml(surveycode=mint_stamp(work_unit=unit)))
        with stubbed_turk() as turk:
            asked = {"HITId": HIT_ID, "MaxResults": 100}
            turk.add_response("list_assignments_for_hit", {"Assignments": [row]}, asked)
            turk.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})
            assert reconcile_effort(effort=effort).seen == 1
        found = everything(admin, effort, "effort-mturk")
    assert WorkStamp.objects.get().claimed_by == submission
    assert hits(PLANTED, where=found + caplog.text.encode() + arrived["Location"].encode()) == []
