"""What a page says when it cannot have the microphone, or loses it."""

import pytest
from playwright.sync_api import expect

from collection.models import Campaign
from tests.browser import flows
from tests.browser.conftest import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REFUSE = """
if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("no", "%s"));
"""
WITHOUT_AUDIO_WORKLET = "delete window.AudioWorkletNode;"
END_OF_TRACK = """
const devices = navigator.mediaDevices;
const real = devices?.getUserMedia.bind(devices);
if (devices) devices.getUserMedia = async (constraints) => {
  const stream = await real(constraints);
  window.unplug = () => stream.getAudioTracks()[0].dispatchEvent(new Event("ended"));
  return stream;
};
"""


@pytest.mark.parametrize(
    ("error_name", "remedy"),
    [
        ("NotAllowedError", "set “Microphone” to “Allow”"),
        ("NotFoundError", "Plug one in"),
        ("NotReadableError", "Close other programs"),
    ],
)
def test_each_failure_names_its_remedy(
    visit: Visit, campaign: Campaign, error_name: str, remedy: str
) -> None:
    visitor = visit()
    visitor.context.add_init_script(REFUSE % error_name)
    page = visitor.open("/c/demo/")
    flows.answer_questionnaire(page)
    page.get_by_role("button", name="Switch the microphone on").click()
    expect(page.get_by_role("alert")).to_contain_text(remedy)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_an_old_browser_is_told_which_one_to_use(visit: Visit, campaign: Campaign) -> None:
    visitor = visit()
    page = visitor.open("/c/demo/")
    flows.answer_questionnaire(page)
    visitor.context.add_init_script(WITHOUT_AUDIO_WORKLET)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("too old to record")
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_hidden()


def test_an_unplugged_microphone_ends_the_take_with_the_reason(
    contributor: Visitor, campaign: Campaign
) -> None:
    contributor.context.add_init_script(END_OF_TRACK)
    page = contributor.open("/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    page.get_by_role("button", name="Record", exact=True).click()
    flows.wait_until_recording(page)
    page.evaluate("window.unplug()")
    expect(page.get_by_role("alert")).to_contain_text("unplugged or switched off")
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_visible()
