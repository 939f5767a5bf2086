"""Admins see anomalies by kind with their figures, settle them with a note, and take that back."""

import pytest
from django.test import Client

from accounts.models import Role
from recruitment.models import Anomaly, Effort
from recruitment.services.anomalies import note_anomaly
from tests.factories import make_effort, make_user
from tests.recruitment.works import make_submission, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def effort() -> Effort:
    return make_effort()


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def page(client: Client, effort: Effort, **query: str) -> str:
    return client.get(f"/recruitment/{effort.pk}/anomalies", query).content.decode()


def test_nothing_noticed_is_said_kindly(client: Client, effort: Effort) -> None:
    assert "Nothing unusual was noticed" in page(client, effort)


def test_each_anomaly_says_its_figures_and_leads_to_what_it_is_about(client: Client, effort: Effort) -> None:
    subject = "recording:6b0b5a70-5d2b-4b0f-9f0f-2f3f0d9d8e11"
    note_anomaly(effort=effort, kind="stamp_late", subject=subject, details={"hours": 72})
    note_anomaly(effort=effort, kind="kind_of_tomorrow", subject="submission:1/2")
    shown = page(client, effort)
    assert "Used 72 hours after it was minted." in shown
    assert 'href="/review/6b0b5a70-5d2b-4b0f-9f0f-2f3f0d9d8e11' in shown
    assert "Kind of tomorrow" in shown


def test_kinds_are_counted_and_filtered(client: Client, effort: Effort) -> None:
    for kind in ("stamp_late", "same_voice"):
        note_anomaly(effort=effort, kind=kind, subject="recording:1")
    note_anomaly(effort=make_effort(), kind="one_person", subject="recording:1")
    shown = page(client, effort, kind="same_voice")
    assert 'id="anomaly-' in shown and shown.count('id="anomaly-') == 1
    assert "One person reads both parts" not in shown


def test_settling_takes_it_off_the_list_and_reopening_brings_it_back(client: Client, effort: Effort) -> None:
    anomaly = note_anomaly(effort=effort, kind="stamp_late", subject="recording:1")
    base = f"/recruitment/{effort.pk}/anomalies"
    client.post(f"{base}/{anomaly.pk}/settle", {"note": "was on holiday", "kind": ""})
    assert "was on holiday" not in page(client, effort) and "was on holiday" in page(
        client, effort, settled="1"
    )
    client.post(f"{base}/{anomaly.pk}/reopen", {"settled": "1"})
    assert f'id="anomaly-{anomaly.pk}"' in page(client, effort)


def test_the_anomaly_of_another_effort_is_not_settled_here(client: Client, effort: Effort) -> None:
    anomaly = note_anomaly(effort=make_effort(), kind="stamp_late", subject="recording:1")
    answer = client.post(f"/recruitment/{effort.pk}/anomalies/{anomaly.pk}/settle")
    assert answer.status_code == 404
    assert Anomaly.objects.get().settled_at is None


def test_looking_now_finds_what_is_there(client: Client) -> None:
    unit = make_unit(took_s=1, duration_s=4)
    effort = unit.participant.effort
    answer = client.post(f"/recruitment/{effort.pk}/anomalies/look", follow=True).content.decode()
    assert "1 new." in answer and "Faster than possible" in answer
    again = client.post(f"/recruitment/{effort.pk}/anomalies/look", follow=True).content.decode()
    assert "Nothing new was found." in again


def test_a_note_that_is_too_long_is_refused_in_a_sentence(client: Client, effort: Effort) -> None:
    anomaly = note_anomaly(effort=effort, kind="stamp_late", subject="recording:1")
    answer = client.post(f"/recruitment/{effort.pk}/anomalies/{anomaly.pk}/settle", {"note": "x" * 301})
    assert answer.status_code == 400 and b"please say it in 300" in answer.content


def test_an_anomaly_links_its_submission_and_names_takes_as_elsewhere(client: Client, effort: Effort) -> None:
    submission = make_submission(effort=effort)
    unit = make_unit(title="Mixture 1 of session IMPMA")
    note_anomaly(
        effort=effort,
        kind="stamp_reused",
        subject=f"submission:{submission.public_id}/7",
        submission=submission,
        details={"unit": unit.subject, "claimed_by": ""},
    )
    shown = page(client, effort)
    short = str(submission.public_id)[:8]
    assert f'/submissions/{submission.public_id}/">Submission {short}</a>' in shown
    assert "Stamp of mixture 1 of session IMPMA." in shown and ">Mixture 1 of session IMPMA" in shown
