"""A take outlives the network, the tab and the impatience of its owners."""

import hashlib

import pytest
from playwright.sync_api import Page, Route, expect

from collection.models import Campaign, Recording, Upload
from core.storage import object_store
from tests.browser import flows
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT_TAKES = """
async () => {
  const { waitingTakes } = await import("/static/js/takes.js");
  return (await waitingTakes()).map(({ client_uuid, sha256 }) => ({ client_uuid, sha256 }));
}
"""
FULL_DISK = """
() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); };
}
"""


def kept_takes(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = page.evaluate(KEPT_TAKES)
    return found


def submit_without_network(page: Page) -> None:
    """Everything works until the moment of Submit."""
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    flows.listen_to_take(page)
    page.context.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your take is safe in this browser")).to_be_visible()


def test_a_take_survives_the_death_of_its_tab_and_arrives_unchanged(
    contributor: Visitor, campaign: Campaign
) -> None:
    contributor.complaints.expect("Failed to load resource")
    page = contributor.open("/c/demo/")
    submit_without_network(page)
    (kept,) = kept_takes(page)
    page.close()
    assert not Recording.objects.exists()
    contributor.context.unroute("**/api/v1/**")
    page = contributor.open("/c/demo/record")
    flows.shown_stamp(page)
    recording = Recording.objects.get()
    stored = b"".join(object_store().iterate(recording.object_key))
    assert recording.sha256 == kept["sha256"] == hashlib.sha256(stored).hexdigest()
    assert kept_takes(page) == []


def test_the_return_of_the_network_sends_the_take_at_once(contributor: Visitor, campaign: Campaign) -> None:
    contributor.complaints.expect("Failed to load resource")
    page = contributor.open("/c/demo/")
    submit_without_network(page)
    contributor.context.unroute("**/api/v1/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    flows.shown_stamp(page)
    assert Recording.objects.count() == 1


def test_a_lost_answer_to_complete_stores_the_take_once(contributor: Visitor, campaign: Campaign) -> None:
    """The server has committed, the browser does not know: the same UUID gets the same answer."""
    contributor.complaints.expect("Failed to load resource")
    page = contributor.open("/c/demo/")
    lost = []

    def lose_once(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/complete", lose_once)
    stamp = flows.contribute_one(page)
    assert lost == [200]
    assert (Upload.objects.count(), Recording.objects.count()) == (1, 1)
    page.reload()
    assert flows.shown_stamp(page) == stamp


def test_a_waiting_take_can_be_deleted_by_its_owners(contributor: Visitor, campaign: Campaign) -> None:
    contributor.complaints.expect("Failed to load resource")
    page = contributor.open("/c/demo/")
    submit_without_network(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this take").click()
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_visible()
    assert kept_takes(page) == []


def test_a_take_of_other_sentences_is_sent_beside_what_happens_now(
    contributor: Visitor, campaign: Campaign
) -> None:
    contributor.complaints.expect("Failed to load resource")
    page = contributor.open("/c/demo/")
    submit_without_network(page)
    page.close()
    contributor.context.unroute("**/api/v1/**")
    campaign.participations.get().assignments.update(state="skipped")
    page = contributor.open("/c/demo/record")
    expect(page.get_by_text("An earlier recording has arrived")).to_be_visible()
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_visible()
    assert Recording.objects.count() == 1


def test_a_browser_that_keeps_nothing_says_so_before_sending(
    contributor: Visitor, campaign: Campaign
) -> None:
    page = contributor.open("/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    flows.listen_to_take(page)
    page.evaluate(FULL_DISK)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("could not keep the take (QuotaExceededError)")
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()
    assert not Upload.objects.exists()


def test_leaving_with_an_unsubmitted_take_asks_first(contributor: Visitor, campaign: Campaign) -> None:
    page = contributor.open("/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    expect(page.get_by_role("button", name="Play Your take")).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(1000)
    assert asked == ["beforeunload"]


def test_a_final_refusal_lets_the_take_go_and_says_why(contributor: Visitor, campaign: Campaign) -> None:
    contributor.complaints.expect("422")
    page = contributor.open("/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    flows.listen_to_take(page)
    Campaign.objects.update(min_duration_s=20)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 20 s are needed")
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
    assert kept_takes(page) == []
