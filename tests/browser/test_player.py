"""The player: by keyboard, when a sound is missing, and while voices arrive one step after the other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from collection.models import Recording
from core.runner import run_waiting
from core.storage import object_store
from evaluation.registry.services.bundles import register_bundle
from evaluation.runs.inference import inference_process
from evaluation.runs.services.requests import pull
from tests.browser.conftest import Visitor
from tests.factories import make_recording, make_wav

pytestmark = pytest.mark.browser


@pytest.fixture
def recording(transactional_db: None) -> Recording:
    return make_recording(wav=make_wav(duration_s=4))


@pytest.fixture
def reviewer(staff: Callable[[str], Visitor]) -> Visitor:
    return staff("reviewer")


@pytest.fixture
def page(reviewer: Visitor, recording: Recording) -> Page:
    page = reviewer.open(f"/review/{recording.public_id}/")
    expect(page.get_by_role("slider", name="Position in Mixture")).to_be_visible()
    return page


def shown_s(player: Locator) -> float:
    return float(player.evaluate("player => player.shownS"))


def test_arrows_seek_and_say_where_they_are(page: Page) -> None:
    slider = page.get_by_role("slider", name="Position in Mixture")
    slider.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        slider.press(key)
    expect(slider).to_have_attribute("aria-valuenow", "1.1")
    expect(slider).to_have_attribute("aria-valuetext", "1.1 of 4.0 seconds")
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "4.0")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0.0")


def test_a_click_on_the_waveform_starts_there(page: Page) -> None:
    player = page.locator("realm-player")
    box = player.get_by_role("slider").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    assert shown_s(player) == pytest.approx(2.0, abs=0.1)
    player.get_by_role("button", name="Play Mixture").click()
    page.wait_for_function("() => document.querySelector('realm-player').audio.currentTime > 2.2")


def test_the_end_is_announced_with_how_much_was_heard(page: Page) -> None:
    heard = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("played-through", (event) => resolve(event.detail.heardFraction));
            const player = document.querySelector("realm-player");
            player.seek(3);
            player.play();
        })"""
    )
    assert 0.15 < heard < 0.4


def test_a_sound_that_cannot_be_loaded_is_said_and_can_be_tried_again(
    reviewer: Visitor, recording: Recording
) -> None:
    reviewer.complaints.expect("404")
    wav = b"".join(object_store().iterate(recording.object_key))
    object_store().delete(recording.object_key)
    page = reviewer.open(f"/review/{recording.public_id}/")
    page.get_by_role("button", name="Play Mixture").click()
    expect(page.get_by_text("could not be loaded. Press play to try again")).to_be_visible()
    object_store().put(key=recording.object_key, data=wav, sha256=recording.sha256, content_type="audio/wav")
    page.get_by_role("button", name="Play Mixture").click()
    expect(page.locator("realm-player")).to_have_attribute("data-state", "playing")


def test_voices_and_estimates_appear_by_themselves_and_the_mixture_plays_on(
    page: Page, recording: Recording, tmp_path: Path
) -> None:
    from modeling.packaging import write_debug_bundle

    for kind in ("separator", "estimator"):
        write_debug_bundle(tmp_path / kind, kind=kind)
        register_bundle(path=tmp_path / kind)
    page.reload()
    expect(page.get_by_text("A model will separate the two voices")).to_be_visible()
    page.evaluate("document.querySelector('realm-player').audio.loop = true")
    page.get_by_role("button", name="Play Mixture").click()
    pull()
    run_waiting(worker="browser-test", limit=1)
    expect(page.locator("realm-player")).to_have_count(3)
    expect(page.get_by_text("Estimating how well this came out").first).to_be_visible()
    run_waiting(worker="browser-test")
    expect(page.locator(".results-estimate strong")).to_have_count(2)
    expect(page.locator("realm-player").first).to_have_attribute("data-state", "playing")
    assert "every 3s" not in page.content()
    inference_process().stop()
