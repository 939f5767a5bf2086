"""The contributor's pages for people with a keyboard only, a screen reader or a small phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from collection.models import Campaign
from tests.browser import flows
from tests.browser.conftest import PHONE, WIDE, Photograph, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SERIOUS = ("serious", "critical")


def serious_violations(page: Page) -> list[str]:
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {found['help']} at {[node['target'] for node in found['nodes']]}"
        for found in violations
        if found["impact"] in SERIOUS
    ]


def sideways_scrolling(page: Page) -> list[str]:
    page.set_viewport_size({"width": 360, "height": PHONE["height"]})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return [f"{width} px wide on a screen of 360 px"] if width > 360 else []


def test_every_page_to_the_receipt_passes_axe_and_fits_a_small_phone(
    contributor: Visitor, campaign: Campaign, photograph: Photograph
) -> None:
    page = contributor.open("/c/demo/")
    found: dict[str, list[str]] = {}

    def look_at(name: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found[f"{name} ({scheme})"] = serious_violations(page)
        found[f"{name} (phone)"] = sideways_scrolling(page)
        photograph(page, name)

    look_at("campaign")
    page.goto(f"{contributor.site}/c/demo/begin")
    look_at("questionnaire")
    page.goto(f"{contributor.site}/c/demo/")
    flows.answer_questionnaire(page)
    look_at("recorder-idle")
    flows.switch_microphone_on(page)
    look_at("recorder-ready")
    flows.record_take(page)
    expect(page.get_by_role("button", name="Play Your take")).to_be_visible()
    look_at("recorder-review")
    flows.listen_to_take(page)
    flows.submit_take(page)
    look_at("recorder-done")
    page.get_by_role("link", name="Your receipt").click()
    look_at("receipt")
    page.goto(f"{contributor.site}/withdraw/")
    look_at("withdraw")
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_a_mixture_can_be_recorded_with_the_keyboard_alone(contributor: Visitor, campaign: Campaign) -> None:
    page = contributor.open("/c/demo/")
    flows.answer_questionnaire(page)
    page.keyboard.press("Enter")  # the microphone button has the focus, and so on
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.wait_for_timeout(2500)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play Your take")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()
    press_tab_until(page, "Submit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Next mixture")).to_be_focused()


def press_tab_until(page: Page, name: str) -> None:
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"Tab never reached {name}")
