"""The admin's page of an effort on Mechanical Turk: nothing is made that was not shown, with its price, before."""

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from collection.models import Campaign
from core.errors import RetryLater, ShownToUser
from core.models import Job
from recruitment.models import Effort, MturkHit
from tests.factories import make_campaign, make_user
from tests.recruitment.turk import HIT_ID, TEXTS, hit_row, make_posted_hit, stubbed_turk

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    campaign = make_campaign()
    fields = {"channel": "mturk", "channel_settings": TEXTS, "reward_minor": 150}
    Effort.objects.filter(pk=campaign.effort_id).update(**fields)
    return campaign


@pytest.fixture
def admin() -> Client:
    client = Client(headers={"host": "testserver"})
    client.force_login(make_user(role="admin"))
    return client


def preview(admin: Client, campaign: Campaign, *, balance: Any = "100.00", secure: bool = True) -> Any:
    with patch("recruitment.views.mturk.mturk_api") as api:
        answer = {"side_effect": balance} if isinstance(balance, Exception) else {"return_value": balance}
        api.return_value.balance.configure_mock(**answer)
        return admin.get(reverse("mturk-preview", args=[campaign.effort_id]), secure=secure)


def make(admin: Client, campaign: Campaign, offer: str) -> Any:
    return admin.post(reverse("mturk-hit-new", args=[campaign.effort_id]), {"offer": offer})


def test_the_preview_shows_what_a_hit_costs_at_most(admin: Client, campaign: Campaign) -> None:
    page = preview(admin, campaign)
    assert all(
        text in page.text for text in (TEXTS["title"], "1.50 USD", "0.30 USD", "16.20 USD", "100.00 USD")
    )
    assert f"https://testserver/c/{campaign.slug}/" in page.text and not MturkHit.objects.exists()


def test_a_hit_of_ten_is_called_dearer(admin: Client, campaign: Campaign) -> None:
    many = {**TEXTS, "assignments_wanted": 10}
    Effort.objects.filter(pk=campaign.effort_id).update(channel_settings=many)
    page = preview(admin, campaign, balance="20.99")
    assert "21.00 USD" in page.text and "20 % more" in page.text and "does not cover" in page.text


def test_what_was_shown_is_made_even_if_the_settings_change_meanwhile(
    admin: Client, campaign: Campaign
) -> None:
    offer = preview(admin, campaign).context["offer"]
    Effort.objects.filter(pk=campaign.effort_id).update(reward_minor=9_900)
    make(admin, campaign, offer)
    make(admin, campaign, offer)
    assert MturkHit.objects.get().terms["reward_cents"] == 150
    assert Job.objects.filter(kind="recruitment.make_hit").count() == 1


def test_an_offer_that_was_never_shown_is_refused(admin: Client, campaign: Campaign) -> None:
    answer = make(admin, campaign, "forged")
    assert answer.status_code == 400 and "too old" in answer.text and not MturkHit.objects.exists()


def test_a_site_without_https_is_told_so(admin: Client, campaign: Campaign) -> None:
    page = preview(admin, campaign, secure=False)
    assert page.status_code == 409 and "https" in page.text and "offer" not in page.context


def test_without_keys_the_price_is_shown_and_nothing_can_be_made(admin: Client, campaign: Campaign) -> None:
    page = preview(admin, campaign, balance=ShownToUser("No keys are set."))
    assert "No keys are set." in page.text and "16.20 USD" in page.text and "Make this HIT" not in page.text


def test_a_balance_that_nobody_knows_now_keeps_nobody_from_going_on(
    admin: Client, campaign: Campaign
) -> None:
    page = preview(admin, campaign, balance=RetryLater("Asks for a pause."))
    assert "Asks for a pause." in page.text and "Make this HIT" in page.text


def test_the_embedded_layout_names_our_page_for_the_frame(admin: Client, campaign: Campaign) -> None:
    chosen = {**TEXTS, "layout": "embedded"}
    Effort.objects.filter(pk=campaign.effort_id).update(channel_settings=chosen)
    assert f"https://testserver/embedded/{campaign.effort_id}/" in preview(admin, campaign).text


def test_the_page_says_that_the_marketplace_closes(admin: Client, campaign: Campaign) -> None:
    page = admin.get(reverse("effort-mturk", args=[campaign.effort_id]))
    assert "closing of Mechanical Turk for 30 September 2026" in page.text and "No HIT was made" in page.text
    assert "Sandbox" in page.text and "hx-get" not in page.text


def test_a_hit_is_listed_and_closed(admin: Client, campaign: Campaign) -> None:
    hit = make_posted_hit(campaign.effort, counts={"available": 8, "pending": 0, "completed": 1})
    assert HIT_ID in admin.get(reverse("effort-mturk", args=[campaign.effort_id])).text
    with stubbed_turk() as stub:
        stub.add_response("update_expiration_for_hit", {})
        admin.post(reverse("mturk-hit-close", args=[campaign.effort_id, hit.public_id]))
    assert "Closed" in admin.get(reverse("effort-mturk", args=[campaign.effort_id])).text


def test_a_hit_made_elsewhere_is_followed(admin: Client, campaign: Campaign) -> None:
    with stubbed_turk() as stub:
        stub.add_response("get_hit", {"HIT": hit_row()}, {"HITId": HIT_ID})
        admin.post(reverse("mturk-hit-follow", args=[campaign.effort_id]), {"hit_id": f" {HIT_ID} "})
    assert campaign.effort.mturk_hits.get().hit_id == HIT_ID


def test_asking_makes_one_job_and_the_page_follows_it(admin: Client, campaign: Campaign) -> None:
    with patch("recruitment.views.mturk.mturk_api"):
        for _ in range(2):
            admin.post(reverse("mturk-ask", args=[campaign.effort_id]))
    assert Job.objects.filter(kind="recruitment.reconcile").count() == 1
    page = admin.get(reverse("effort-mturk", args=[campaign.effort_id]))
    assert "is being asked" in page.text and 'hx-trigger="every 3s"' in page.text


def test_without_keys_nobody_is_asked_and_the_page_says_why(admin: Client, campaign: Campaign) -> None:
    with patch("recruitment.views.mturk.mturk_api", side_effect=ShownToUser("No keys are set.")):
        page = admin.post(reverse("mturk-ask", args=[campaign.effort_id]), follow=True)
    assert "No keys are set." in page.text and not Job.objects.filter(kind="recruitment.reconcile").exists()
