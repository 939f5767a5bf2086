"""An admin offers work on Mechanical Turk: sees what it costs, makes the HIT, follows it until it stands there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from playwright.sync_api import expect

from collection.models import Campaign
from recruitment.models import Effort
from recruitment.rules.mturk_terms import HitTerms
from recruitment.services.hits import ask_for_hit
from tests.browser.conftest import Photograph, Visitor
from tests.factories import make_user
from tests.recruitment.turk import HIT_ID, HIT_TYPE_ID, TEXTS, hit_row, stubbed_turk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def turk() -> Iterator[Stubber]:
    with stubbed_turk() as stub:
        yield stub


def offer(campaign: Campaign) -> Effort:
    fields = {"channel": "mturk", "channel_settings": TEXTS, "reward_minor": 150}
    Effort.objects.filter(pk=campaign.effort_id).update(**fields)
    campaign.effort.refresh_from_db()
    return campaign.effort


def test_the_page_follows_a_hit_until_it_is_open(
    staff: Callable[[str], Visitor],
    campaign: Campaign,
    run_jobs: Callable[[], int],
    photograph: Photograph,
    turk: Stubber,
) -> None:
    effort, admin = offer(campaign), staff("admin")
    page = admin.open(f"/recruitment/{effort.pk}/mturk")
    expect(page.get_by_text("No HIT was made from here yet.")).to_be_visible()
    photograph(page, "mturk-empty")
    address = f"https://realm.example/c/{campaign.slug}/"
    terms = HitTerms(layout="link", address=address, **TEXTS, reward_cents=150, stamps_wanted=1)
    token = "11111111-2222-3333-4444-555555555555"
    ask_for_hit(effort=effort, terms=terms, request_token=token, actor=make_user(role="admin"))
    page.reload()
    expect(page.get_by_text("Waits to be made")).to_be_visible()
    turk.add_response("create_hit_type", {"HITTypeId": HIT_TYPE_ID})
    turk.add_response("create_hit_with_hit_type", {"HIT": hit_row()})
    run_jobs()
    expect(page.get_by_text(HIT_ID)).to_be_visible()
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()
    photograph(page, "mturk")


def test_a_site_without_https_is_told_before_anything_is_made(
    staff: Callable[[str], Visitor], campaign: Campaign, photograph: Photograph
) -> None:
    effort, admin = offer(campaign), staff("admin")
    admin.complaints.expect("409")
    page = admin.open(f"/recruitment/{effort.pk}/mturk")
    page.get_by_role("link", name="Preview a HIT").click()
    expect(page.get_by_role("alert")).to_contain_text("https")


def test_the_preview_shows_offer_and_cost(
    staff: Callable[[str], Visitor],
    campaign: Campaign,
    photograph: Photograph,
    settings: Any,
    monkeypatch: Any,
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.MTURK_ENDPOINT = "http://sandbox.localhost:9"  # nobody listens there
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    effort, admin = offer(campaign), staff("admin")
    admin.context.set_extra_http_headers({"X-Forwarded-Proto": "https"})
    page = admin.open(f"/recruitment/{effort.pk}/mturk/preview")
    expect(page.get_by_text("16.20 USD").first).to_be_visible()
    photograph(page, "mturk-preview")
    admin.context.set_extra_http_headers({})  # the form goes back as it came: without a proxy
    page.get_by_role("button", name="Make this HIT in the sandbox").click()
    expect(page.get_by_text("The HIT is being made.")).to_be_visible()
    expect(page.get_by_text("Waits to be made")).to_be_visible()


def test_the_settings_are_written_on_a_page(
    staff: Callable[[str], Visitor], campaign: Campaign, photograph: Photograph
) -> None:
    effort, admin = offer(campaign), staff("admin")
    admin.complaints.expect("422")
    page = admin.open(f"/recruitment/{effort.pk}/settings")
    page.get_by_label("Title").fill("Two voices, one room")
    page.get_by_label("Our page in Mechanical Turk's frame").check()
    page.get_by_label("Countries").fill("germany")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“GERMANY” is no country")).to_be_visible()
    photograph(page, "mturk-settings")
    page.get_by_label("Countries").fill("us, gb")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    effort.refresh_from_db()
    saved = effort.channel_settings
    assert (saved["layout"], saved["countries"], saved["assignments_wanted"]) == ("embedded", "US GB", 9)
    assert saved["title"] == "Two voices, one room"
