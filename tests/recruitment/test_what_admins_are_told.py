"""The pages of an effort lead a newcomer: the list that has something to do, the next step, what is missing."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from recruitment.models import Decision
from recruitment.services.decisions import decide
from tests.factories import make_user
from tests.recruitment.efforts import make_paid_effort, make_submission

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channel")]


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def test_before_the_first_decision_finished_work_can_be_taken_in_at_once(admin_client: Client) -> None:
    effort = make_paid_effort(channel="open")
    page = admin_client.get(reverse("effort-decisions", args=[effort.pk]))
    assert page.context["shown"] == "clear"
    assert "Take in finished work" in page.content.decode()


def test_what_is_decided_is_shown_once_nothing_waits(admin_client: Client) -> None:
    effort = make_paid_effort()
    decide(submission=make_submission(effort=effort), verdict="approve", actor=None)
    page = admin_client.get(reverse("effort-decisions", args=[effort.pk]))
    assert page.context["shown"] == "decided"


def test_an_address_that_only_takes_forms_leads_back_to_the_submission(admin_client: Client) -> None:
    submission = make_submission(effort=make_paid_effort())
    own = reverse("effort-submission", args=[submission.effort_id, submission.public_id])
    decide_at = reverse("submission-decide", args=[submission.effort_id, submission.public_id])
    assert admin_client.get(decide_at).headers["Location"] == own
    decide(submission=submission, verdict="approve", actor=None)
    undo_at = reverse("decision-undo", args=[submission.effort_id, Decision.objects.get().pk])
    assert admin_client.get(undo_at).headers["Location"] == own
    assert Decision.objects.get().state != Decision.State.UNDONE
