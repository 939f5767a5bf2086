"""Two people record a mixture in a real browser, and every sample arrives."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collection.models import Campaign, Recording
from tests.browser import flows
from tests.browser.conftest import Visit, Visitor
from tests.browser.sound import MIXTURE, compare, read_pcm16, write_microphone_file

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# From opening the microphone to the sound: time for the two clicks and the 3-2-1 on a busy machine.
LEAD_IN_S = 8.0
# The take begins at most this much before its "speak now", so that waiting so long covers the whole sound.
COUNTDOWN_S = 3.0
# What the browser's default processing turns on, forced over what the page asks for.
DEFAULT_PROCESSING = """
const devices = navigator.mediaDevices; // none on about:blank
const real = devices?.getUserMedia.bind(devices);
if (devices) devices.getUserMedia = () => real({ audio: true });
"""


@pytest.fixture(scope="module")
def mixture_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("microphone") / "once.wav"
    return write_microphone_file(path, read_pcm16(MIXTURE), lead_in_s=LEAD_IN_S)


def record_the_mixture(page: Page) -> str:
    """The whole fixture lies inside the take, whatever the machine's pace."""
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    mixture_s = len(read_pcm16(MIXTURE)) / 44_100
    flows.record_take(page, at_least_s=LEAD_IN_S - COUNTDOWN_S + mixture_s + 1)
    flows.listen_to_take(page)
    return flows.submit_take(page)


def test_the_stored_take_is_what_the_microphone_heard(
    visit: Visit, mixture_once: Path, campaign: Campaign, tmp_path: Path
) -> None:
    page = visit(microphone=mixture_once, repeats=False).open("/c/demo/")
    stamp = record_the_mixture(page)
    recording = Recording.objects.get()
    samples, sample_rate_hz = flows.stored_samples(recording, tmp_path)
    comparison = compare(fed=read_pcm16(MIXTURE), recorded=samples)
    print(f"\nrecording against fed sound: {comparison}")
    assert sample_rate_hz == recording.sample_rate_hz == 44_100
    assert comparison.snr_db >= 60
    assert recording.capture["frame_gaps"] == 0
    assert recording.capture["processing_verified_off"] is True
    assert stamp == flows.shown_stamp(page)


def test_a_browser_that_processes_the_sound_fails_the_same_comparison(
    visit: Visit, mixture_once: Path, campaign: Campaign, tmp_path: Path
) -> None:
    visitor = visit(microphone=mixture_once, repeats=False)
    visitor.context.add_init_script(DEFAULT_PROCESSING)
    record_the_mixture(visitor.open("/c/demo/"))
    recording = Recording.objects.get()
    samples, _ = flows.stored_samples(recording, tmp_path)
    comparison = compare(fed=read_pcm16(MIXTURE), recorded=samples)
    print(f"\nwith the browser's default processing: {comparison}")
    assert comparison.snr_db < 60
    assert recording.capture["processing_verified_off"] is False


def test_reload_shows_the_same_stamp_and_next_gives_other_sentences(
    contributor: Visitor, campaign: Campaign
) -> None:
    page = contributor.open("/c/demo/")
    stamp = flows.contribute_one(page)
    read = page.locator(".sentence.one blockquote").text_content()
    page.reload()
    assert flows.shown_stamp(page) == stamp
    page.get_by_role("button", name="Next mixture").click()
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_visible()
    assert page.locator(".sentence.one blockquote").text_content() != read


def test_next_mixture_keeps_the_microphone_open(contributor: Visitor, campaign: Campaign) -> None:
    page = contributor.open("/c/demo/")
    first = flows.contribute_one(page)
    page.get_by_role("button", name="Next mixture").click()
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
    flows.record_take(page)
    flows.listen_to_take(page)
    assert flows.submit_take(page) != first
    assert page.locator("[data-part=submissions]").inner_text() == "2"


def test_back_never_breaks_anything(contributor: Visitor, campaign: Campaign) -> None:
    page = contributor.open("/c/demo/")
    stamp = flows.contribute_one(page)
    page.go_back()
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{contributor.site}/c/demo/begin")
    assert flows.shown_stamp(page) == stamp
    assert campaign.participations.count() == 1


def test_the_page_draws_the_take_once_the_worker_has_been_there(
    contributor: Visitor, campaign: Campaign, run_jobs: Callable[[], int]
) -> None:
    page = contributor.open("/c/demo/")
    flows.contribute_one(page)
    mixture = page.locator("realm-player[data-source=mixture][data-peaks]")
    expect(mixture).to_be_visible()
    assert run_jobs() > 0
    page.wait_for_function(
        "() => document.querySelector('realm-player[data-peaks]').pairs.length > 100",
    )
