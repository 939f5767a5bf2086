"""What an admin may change in the Django admin, and what it does to others."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from collection.models import Campaign, Recording
from core.models import Job
from evaluation.registry.models import ModelBundle
from recruitment.models import ConsentText
from tests.factories import make_assignment, make_campaign, make_prompt, make_recording, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(role="admin"))
    return client


def campaign_form(campaign: Campaign, **changes: str) -> dict[str, str]:
    names = ("title", "introduction", "language", "language_name", "licence", "contact_email", "state")
    form = {name: str(getattr(campaign, name)) for name in (*names, "min_duration_s", "max_duration_s")}
    return form | changes


def test_an_admin_rewords_a_campaign_and_the_log_says_so(client: Client) -> None:
    campaign = make_campaign()
    url = reverse("admin:collection_campaign_change", args=[campaign.pk])
    assert client.post(url, campaign_form(campaign, title="New title", state="closed")).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.title, campaign.state) == ("New title", "open"), "opened and closed on its own page"
    entry = AuditEntry.objects.get(action="campaign.change")
    assert (entry.subject, entry.details) == (f"campaign:{campaign.slug}", {"fields": ["Title"]})


def test_a_new_consent_text_is_the_next_version(client: Client) -> None:
    effort = make_campaign().effort
    client.post(reverse("admin:recruitment_consenttext_add"), {"effort": effort.pk, "text": "New words."})
    newest = ConsentText.objects.filter(effort=effort).latest("version")
    assert (newest.version, newest.text) == (2, "New words.")


def test_a_consent_text_is_never_edited(client: Client) -> None:
    text = make_campaign().effort.consent_texts.get()
    url = reverse("admin:recruitment_consenttext_change", args=[text.pk])
    assert client.post(url, {"text": "Other words."}).status_code == 403


def test_a_prompt_that_somebody_was_given_keeps_its_words(client: Client) -> None:
    prompt = make_prompt(campaign=make_campaign(), sentence_1="Old words.")
    url = reverse("admin:collection_prompt_change", args=[prompt.pk])
    form = {"sentence_1": "Better words.", "sentence_2": prompt.sentence_2, "is_offered": "on"}
    client.post(url, form)
    prompt.refresh_from_db()
    assert prompt.sentence_1 == "Better words."
    make_assignment(prompt=prompt)
    client.post(url, form | {"sentence_1": "Other words."})
    prompt.refresh_from_db()
    assert prompt.sentence_1 == "Better words."


def test_an_admin_chooses_a_public_example_and_nothing_else_of_a_recording(client: Client) -> None:
    recording = make_recording()
    url = reverse("admin:collection_recording_change", args=[recording.pk])
    form = {"public_example": "bad", "example_reason": "One voice only.", "review_state": "accepted"}
    assert client.post(url, form).status_code == 302
    changed = Recording.objects.get(pk=recording.pk)
    assert (changed.public_example, changed.example_reason) == ("bad", "One voice only.")
    assert changed.review_state == "waiting"
    assert AuditEntry.objects.filter(action="recording.mark_example").exists()


def test_an_admin_tries_a_quarantined_job_again_and_cancels_a_waiting_one(client: Client) -> None:
    job = Job.objects.create(kind="releases.build", subject_key="x", queue="cpu", state="quarantined")
    url = reverse("admin:core_job_changelist")
    client.post(url, {"action": "retry_selected", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.state == "queued"
    client.post(url, {"action": "cancel_selected", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.state == "cancelled"
    entries = AuditEntry.objects.filter(subject=f"job:{job.pk}").order_by("pk")
    assert [entry.action for entry in entries] == ["job.retry", "job.cancel"]


def test_an_admin_chooses_the_model_for_new_recordings(client: Client) -> None:
    facts = {"kind": "separator", "sample_rate_hz": 8000, "description": {}}
    old = ModelBundle.objects.create(name="old", digest="1" * 64, is_default=True, **facts)
    new = ModelBundle.objects.create(name="new", digest="2" * 64, **facts)
    url = reverse("admin:registry_modelbundle_changelist")
    client.post(url, {"action": "use_for_new_recordings", "_selected_action": [new.pk]})
    assert list(ModelBundle.objects.filter(is_default=True)) == [new]
    assert old in ModelBundle.objects.filter(is_default=False)
