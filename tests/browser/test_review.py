"""A reviewer listens, accepts, rejects with a reason and takes back, without touching the mouse."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from collection.models import QualityFlag, Recording, Review
from collection.services.derivation import derive
from core.runner import run_waiting
from evaluation.registry.services.bundles import register_bundle
from evaluation.runs.inference import inference_process
from evaluation.runs.models import QualityEstimate
from evaluation.runs.services.requests import pull
from tests.browser.conftest import Photograph, Visitor
from tests.browser.sound import MIXTURE
from tests.factories import make_campaign, make_participation, make_recording, make_wav

pytestmark = pytest.mark.browser

CAPTURE = {
    "settings": {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": True},
    "frame_gaps": 0,
    "device_class": "built-in",
    "browser": "Chromium",
    "os": "Linux",
}


@pytest.fixture
def waiting(transactional_db: None) -> list[Recording]:
    """Two takes of one session and one of another, oldest first; the first is the real mixture."""
    campaign = make_campaign(title="Overlapped English")
    session = make_participation(campaign=campaign)
    mixture = make_recording(
        participation=session, wav=MIXTURE.read_bytes(), sample_rate_hz=44_100, capture=CAPTURE
    )
    flag(mixture)
    second = make_recording(participation=session, wav=make_wav(duration_s=3))
    return [mixture, second, make_recording(participation=make_participation(campaign=campaign))]


def flag(recording: Recording) -> None:
    facts = {"severity": "warning", "message": "The room is loud.", "value": -41.2, "unit": "dBFS"}
    QualityFlag.objects.update_or_create(recording=recording, code="noise_floor", defaults=facts)


@pytest.fixture
def scored(waiting: list[Recording], tmp_path: Path) -> None:
    """The workers have done all their work, with models of random weights."""
    from modeling.packaging import write_debug_bundle

    for kind in ("separator", "estimator"):
        write_debug_bundle(tmp_path / kind, kind=kind)
        register_bundle(path=tmp_path / kind)
    derive(recording=waiting[0])
    flag(waiting[0])
    while pull() or run_waiting(worker="browser-test"):
        pass
    inference_process().stop()
    calibrate(waiting[0])


def calibrate(recording: Recording) -> None:
    """What the shipped estimator says beside its median: an interval, and of voice 2 that it never heard such."""
    estimates = QualityEstimate.objects.filter(stem__separation__recording=recording)
    others = {"dry": {"si_snr_db": 3.2}, "early": {"si_snr_db": 3.4}}
    known = {"low_db": 1.5, "high_db": 6.5, "improvement_db": 3.9, "other_conventions": others}
    estimates.update(si_snr_db=4.0, out_of_domain=0.4, **known)
    estimates.filter(stem__source_number=2).update(out_of_domain=1.3)


@pytest.fixture
def reviewer(staff: Callable[[str], Visitor]) -> Visitor:
    return staff("reviewer")


@pytest.fixture
def desk(reviewer: Visitor, waiting: list[Recording]) -> Page:
    """The oldest waiting recording, opened from the queue."""
    page = reviewer.open("/review/")
    page.get_by_role("link", name="Start with the oldest").click()
    expect(page.get_by_role("button", name="Play Mixture")).to_be_visible()
    expect(page.locator("#review[data-keys=ready]")).to_be_attached()
    return page


def expect_on(page: Page, recording: Recording) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(recording.mixture_name)
    expect(page.locator("#review[data-keys=ready]")).to_be_attached()


def test_everything_known_about_a_take_is_on_one_page(
    scored: None, desk: Page, waiting: list[Recording], photograph: Photograph
) -> None:
    expect_on(desk, waiting[0])
    expect(desk.get_by_role("button", name="Play Voice 2")).to_be_visible()
    first, second = desk.locator(".results-estimate").all()
    expect(first).to_contain_text(
        "4.0 dB estimated SI-SNR, as at the microphone; 90 % interval 1.5 to 6.5 dB"
    )
    expect(first.get_by_role("img", name="The interval on a scale")).to_be_visible()
    expect(second).to_contain_text("never trained on sound like this, so it abstains")
    expect(desk.get_by_text("The room is loud.")).to_be_visible()
    for label in ("Mixture", "Voice 1", "Voice 2"):
        picture = desk.get_by_alt_text(f"Spectrogram of {label}")
        expect(picture).to_be_visible()
        assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 1000
    photograph(desk, "review-recording")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    scored: None, desk: Page, scheme: Literal["light", "dark"]
) -> None:
    desk.emulate_media(color_scheme=scheme)
    desk.keyboard.press("r")
    expect(desk.get_by_role("button", name="Play Voice 2")).to_be_visible()
    for _ in range(2):
        found = Axe().run(desk)
        assert found.violations_count == 0, found.generate_report()
        desk.goto(desk.url.partition("/review/")[0] + "/review/")


def test_the_mixture_plays_by_space_and_a_voice_goes_on_at_the_same_place(scored: None, desk: Page) -> None:
    mixture, voice = desk.locator("realm-player").nth(0), desk.locator("realm-player").nth(1)
    desk.keyboard.press("Space")
    expect(mixture).to_have_attribute("data-state", "playing")
    desk.wait_for_function("() => document.querySelector('realm-player').shownS > 0.6")
    desk.keyboard.press("2")
    expect(voice).to_have_attribute("data-state", "playing")
    expect(mixture).to_have_attribute("data-state", "paused")
    assert voice.evaluate("player => player.shownS") > 0.5
    desk.keyboard.press("Space")
    expect(voice).to_have_attribute("data-state", "paused")


def test_accept_reject_and_undo_by_keyboard(desk: Page, waiting: list[Recording]) -> None:
    first, second, third = waiting
    desk.keyboard.press("a")
    expect_on(desk, second)
    desk.keyboard.press("r")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        desk.keyboard.press(key)
    expect_on(desk, third)
    desk.keyboard.press("u")
    expect_on(desk, second)
    expect(desk.get_by_text("waits for a decision again")).to_be_visible()
    accepted, rejected = Review.objects.order_by("pk")
    assert accepted.decision == "accepted" and accepted.undone_at is None
    assert rejected.reason == "The sentences that were read are not the ones shown." and rejected.undone_at
    first.refresh_from_db()
    assert first.review_state == "accepted"


def test_own_words_can_be_typed_without_setting_off_keys(desk: Page, waiting: list[Recording]) -> None:
    desk.keyboard.press("r")
    desk.get_by_role("textbox", name="Your own words").focus()
    desk.keyboard.type("a radio judges aloud")
    desk.keyboard.press("Enter")
    expect_on(desk, waiting[1])
    assert Review.objects.get().reason == "a radio judges aloud"


def test_j_and_k_move_without_deciding_and_the_keys_are_explained(
    desk: Page, waiting: list[Recording]
) -> None:
    desk.keyboard.press("j")
    expect_on(desk, waiting[1])
    desk.keyboard.press("k")
    expect_on(desk, waiting[0])
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("undo the last decision")
    desk.keyboard.press("a")
    expect(desk.get_by_role("dialog")).to_be_visible()
    assert not Review.objects.exists()


def test_the_second_of_two_reviewers_is_told(
    desk: Page, staff: Callable[[str], Visitor], waiting: list[Recording]
) -> None:
    second_reviewer = staff("reviewer")
    second_reviewer.complaints.expect("409")
    other = second_reviewer.open(f"/review/{waiting[0].public_id}/")
    expect_on(other, waiting[0])
    desk.keyboard.press("a")
    expect_on(desk, waiting[1])
    with other.expect_response(lambda response: response.request.method == "POST") as answered:
        other.keyboard.press("a")
    assert answered.value.status == 409
    first_reviewer = User.objects.get(pk=Review.objects.get().reviewer_id).username
    expect(other.get_by_role("alert")).to_contain_text(f"Already accepted by {first_reviewer}")


def test_the_queue_on_every_screen(
    reviewer: Visitor, waiting: list[Recording], photograph: Photograph
) -> None:
    page = reviewer.open("/review/")
    expect(page.locator(".review-item")).to_have_count(3)
    photograph(page, "review-queue")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="Noise floor 1").click()
    expect(page.locator(".review-item")).to_have_count(1)
