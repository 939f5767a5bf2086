"""The pages of an effort lead a newcomer: the list that has something to do, the next step, what is missing."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import Role
from recruitment.models import Decision, Effort, ProviderFile, Submission
from recruitment.overview import funnel_of, next_action, submitted_without_work, waiting_in
from recruitment.services.decisions import decide
from tests.factories import make_campaign, make_user
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


def campaign_effort(channel: str, *, state: str = "open", **settings: str) -> Effort:
    effort = make_campaign(slug="spoken", state=state).effort
    Effort.objects.filter(pk=effort.pk).update(channel=channel, channel_settings=settings)
    effort.refresh_from_db()
    return effort


def sentence(effort: Effort) -> str:
    return next_action(effort=effort, waiting=waiting_in(effort)).sentence


def test_takes_are_reviewed_before_doubtful_submissions_are_decided() -> None:
    effort = campaign_effort("fake")
    make_submission(effort=effort, takes="www")
    action = next_action(effort=effort, waiting=waiting_in(effort))
    assert (action.sentence, action.address) == ("3 takes wait for review.", reverse("review-queue"))


def test_finished_work_of_an_open_link_is_the_next_step() -> None:
    effort = campaign_effort("open")
    make_submission(effort=effort)
    effort.submissions.all().delete()
    assert sentence(effort) == "1 session finished all work and can be taken in."


@pytest.mark.parametrize(
    ("channel", "state", "words"),
    [
        ("prolific", "open", "Not set yet: code for finished"),
        ("mturk", "open", "no title and no description"),
        ("open", "draft", "The campaign is not open (draft)"),
        ("csv", "open", "Bring the platform's results file"),
    ],
)
def test_what_is_missing_is_named(channel: str, state: str, words: str) -> None:
    assert words in sentence(campaign_effort(channel, state=state))


@pytest.mark.parametrize("channel", ["prolific", "mturk", "csv"])
def test_a_link_that_would_turn_people_away_is_not_offered(admin_client: Client, channel: str) -> None:
    effort = campaign_effort(channel)
    page = admin_client.get(reverse("effort", args=[effort.pk])).content.decode()
    assert "/c/spoken/" not in page
    assert "How people are sent here stands under" in page


def test_rows_without_work_do_not_widen_the_funnel() -> None:
    effort = campaign_effort("csv")
    make_submission(effort=effort)
    Submission.objects.create(effort=effort, state="submitted", reference_digest="0" * 64)
    titles = [(step.title, step.count) for step in funnel_of(effort)]
    assert ("Submitted", 1) in titles
    assert titles[0] == ("Agreed and began", 1)
    assert submitted_without_work(effort) == 1


def test_without_work_no_approval_is_suggested_and_fitting_reasons_come_first(admin_client: Client) -> None:
    submission = make_submission(effort=make_paid_effort(), takes="")
    address = reverse("effort-submission", args=[submission.effort_id, submission.public_id])
    page = admin_client.get(address)
    assert [code for code, _ in page.context["form"].fields["reason_code"].choices][0] == "no_work"
    assert 'class="button" aria-keyshortcuts="a"' in page.content.decode()


def test_a_decided_submission_is_not_called_doubtful(admin_client: Client) -> None:
    submission = make_submission(effort=make_paid_effort(), takes="w")
    address = reverse("effort-submission", args=[submission.effort_id, submission.public_id])
    assert "?show=doubtful" in admin_client.get(address).content.decode()
    decide(submission=submission, verdict="approve", actor=None)
    page = admin_client.get(address).content.decode()
    assert "?show=decided" in page
    assert "?show=doubtful" not in page


def test_the_only_results_file_is_one_step_away(admin_client: Client) -> None:
    effort = campaign_effort("csv")
    decide(submission=make_submission(effort=effort), verdict="approve", actor=None)
    decisions = reverse("effort-decisions", args=[effort.pk])
    files = [
        ProviderFile.objects.create(
            effort=effort, file_name="r.csv", sha256_digest=digest, uploaded_by=make_user(), applied_at=now()
        )
        for digest in ("a", "b")
    ]
    own = reverse("import-file", args=[effort.pk, files[0].public_id])
    assert own not in admin_client.get(decisions).content.decode()
    files[1].delete()
    assert own in admin_client.get(decisions).content.decode()
