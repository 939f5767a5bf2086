"""Takes that would be worth nothing are told at once, with the reason and what to do."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from collection.models import Campaign, Upload
from tests.browser import flows
from tests.browser.conftest import Visit, Visitor
from tests.browser.sound import write_microphone_file

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HIDE_PAGE = """
Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
document.dispatchEvent(new Event("visibilitychange"));
"""
# The audio thread loses one batch while the take runs, as a machine that is too busy would.
LOSE_ONE_BATCH = """
let batches = 0;
const descriptor = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  ...descriptor,
  set(listener) {
    descriptor.set.call(this, (event) => {
      if (event.data?.samples) batches += 1;
      if (!(window.loseNow && event.data?.samples)) listener.call(this, event);
      else window.loseNow = false;
    });
  },
});
"""


def ready_to_record(visitor: Visitor) -> Page:
    page = visitor.open("/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    return page


def expect_refusal(page: Page, sentence: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
    assert not Upload.objects.exists()


def test_a_take_from_a_hidden_tab_is_refused(contributor: Visitor, campaign: Campaign) -> None:
    page = ready_to_record(contributor)
    page.get_by_role("button", name="Record", exact=True).click()
    flows.wait_until_recording(page)
    page.evaluate(HIDE_PAGE)
    expect_refusal(page, "The page went into the background")


def test_a_take_with_lost_sound_is_refused(contributor: Visitor, campaign: Campaign) -> None:
    contributor.context.add_init_script(LOSE_ONE_BATCH)
    page = ready_to_record(contributor)
    page.get_by_role("button", name="Record", exact=True).click()
    flows.wait_until_recording(page)
    page.wait_for_timeout(500)
    page.evaluate("window.loseNow = true")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Stop").click()
    expect_refusal(page, "lost a piece of the sound")


def test_a_take_that_is_too_short_is_refused(contributor: Visitor, campaign: Campaign) -> None:
    page = ready_to_record(contributor)
    page.get_by_role("button", name="Record", exact=True).click()
    flows.wait_until_recording(page)
    page.get_by_role("button", name="Stop").click()
    expect_refusal(page, "at least 2 s are needed")


def test_a_silent_take_is_refused(visit: Visit, campaign: Campaign, tmp_path: Path) -> None:
    silence = write_microphone_file(tmp_path / "silence.wav", np.zeros(44_100, np.int16))
    page = ready_to_record(visit(microphone=silence))
    flows.record_take(page)
    expect_refusal(page, "Almost nothing can be heard")


def test_an_overdriven_take_is_refused(visit: Visit, campaign: Campaign, tmp_path: Path) -> None:
    wave = np.sin(2 * np.pi * 200 * np.arange(44_100) / 44_100)
    clipped = (np.clip(3 * wave, -1, 1) * 32_767).astype(np.int16)
    page = ready_to_record(visit(microphone=write_microphone_file(tmp_path / "loud.wav", clipped)))
    flows.record_take(page)
    expect_refusal(page, "overdriven")


def test_a_take_ends_by_itself_before_it_is_too_long(contributor: Visitor, campaign: Campaign) -> None:
    Campaign.objects.update(max_duration_s=5)
    page = ready_to_record(contributor)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("button", name="Play Your take")).to_be_visible()


def test_the_countdown_can_be_cancelled(contributor: Visitor, campaign: Campaign) -> None:
    page = ready_to_record(contributor)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[data-part=countdown]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
