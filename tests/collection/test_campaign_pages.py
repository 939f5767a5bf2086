"""An admin makes a campaign in the browser: draft, prompts, consent text, open, closed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from collection.models import Campaign
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(role="admin"))
    return client


def prompt_list(text: str = "The kettle sings.\tThe gate creaks.\n") -> SimpleUploadedFile:
    return SimpleUploadedFile("prompts.tsv", text.encode(), content_type="text/tab-separated-values")


def make_in_browser(client: Client, **changes: object) -> Any:
    form = {
        "title": "İki ses",
        "slug": "iki-ses",
        "introduction": "Birlikte okuyun.",
        "language": "tr",
        "language_name": "Turkish",
        "licence": "CC0-1.0",
        "contact_email": "",
        "consent_text": "We agree.",
        "prompts": prompt_list(),
    }
    return client.post(reverse("campaign-new"), form | changes)


def test_a_new_campaign_is_a_draft_with_consent_text_and_prompts(client: Client) -> None:
    assert make_in_browser(client).status_code == 302
    campaign = Campaign.objects.get(slug="iki-ses")
    assert (campaign.state, campaign.licence, campaign.prompts.count()) == ("draft", "CC0-1.0", 1)
    assert campaign.effort.consent_texts.get().text == "We agree."
    assert AuditEntry.objects.filter(action="campaign.create", subject="campaign:iki-ses").exists()
    assert Client().get(reverse("campaign", args=["iki-ses"])).status_code == 404


def test_opening_lets_people_in_and_closing_keeps_them_out(client: Client) -> None:
    make_in_browser(client)
    url = reverse("campaign-state", args=["iki-ses"])
    client.post(url, {"state": "open"})
    assert Client().get(reverse("campaign", args=["iki-ses"])).status_code == 200
    assert "/c/iki-ses/" in client.get(reverse("campaign-admin", args=["iki-ses"])).content.decode()
    client.post(url, {"state": "closed"})
    assert Campaign.objects.get().state == "closed"
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert {"campaign.open", "campaign.closed"} <= set(actions)


def test_a_campaign_without_prompts_cannot_open(client: Client) -> None:
    campaign = make_campaign(prompts=0, state="draft")
    response = client.post(reverse("campaign-state", args=[campaign.slug]), {"state": "open"})
    assert response.status_code == 409
    assert "it needs prompts and a consent text" in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "taken"}, "belongs to another campaign"),
        ({"slug": "No address!"}, "Use small letters, digits and hyphens only."),
        ({"slug": "No_Address"}, "Use small letters, digits and hyphens only."),
        ({"slug": "new"}, "is taken: choose another"),
        ({"language": "English"}, "This is no language code"),
        ({"consent_text": ""}, "This field is required"),
        ({"prompts": prompt_list("one sentence only\n")}, "Line 1 cannot be used"),
        ({"prompts": SimpleUploadedFile("p.tsv", b"caf\xe9\tx\n")}, "not UTF-8"),
        ({"prompts": ""}, "This field is required"),
    ],
)
def test_bad_input_is_named_and_nothing_is_made(
    client: Client, changes: dict[str, object], sentence: str
) -> None:
    make_campaign(slug="taken")
    response = make_in_browser(client, **changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Campaign.objects.count() == 1


def test_more_prompts_are_imported_once(client: Client) -> None:
    campaign = make_campaign(prompts=0)
    url = reverse("campaign-admin", args=[campaign.slug])
    for _ in range(2):
        page = client.post(url, {"prompts": prompt_list()}, follow=True)
    assert "0 sentence pairs added, 1 were there already." in page.content.decode()
    assert campaign.prompts.count() == 1


def test_a_bad_list_changes_nothing_and_names_the_line(client: Client) -> None:
    campaign = make_campaign(prompts=0)
    bad = prompt_list("good\tpair\nlonely\n")
    page = client.post(reverse("campaign-admin", args=[campaign.slug]), {"prompts": bad})
    assert page.status_code == 422
    assert "Line 2 cannot be used" in page.content.decode() and not campaign.prompts.exists()


def test_other_staff_do_not_learn_of_these_pages() -> None:
    campaign = make_campaign()
    reviewer = Client()
    reviewer.force_login(make_user())
    for page in (reverse("campaign-new"), reverse("campaign-admin", args=[campaign.slug])):
        assert reviewer.get(page).status_code == 404
