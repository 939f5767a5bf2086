"""What people do on the site, step by step, for every test that needs it."""

import re
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from collection.models import Recording
from core.storage import object_store

WHOLE_TAKE_MS = 60_000


def answer_questionnaire(page: Page) -> None:
    """From the campaign's page to the recorder."""
    page.get_by_role("link", name="Start with the questionnaire").first.click()
    page.get_by_label("1 male and 1 female").check()
    page.get_by_label("Both are native speakers").check()
    page.get_by_label("Speaker 1 has read").check()
    page.get_by_label("Speaker 2 has read").check()
    page.get_by_role("button", name="Go to the recorder").click()
    expect(page.get_by_role("button", name="Switch the microphone on")).to_be_visible()


def switch_microphone_on(page: Page) -> None:
    page.get_by_role("button", name="Switch the microphone on").click()
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()


def record_take(page: Page, *, at_least_s: float = 2.6) -> None:
    """Through the countdown, until the page shows that much time, and to the end of the tail guard."""
    page.get_by_role("button", name="Record", exact=True).click()
    wait_until_recording(page)
    page.wait_for_function(
        "seconds => parseFloat(document.querySelector('[data-part=elapsed]').textContent) >= seconds",
        arg=at_least_s,
        timeout=WHOLE_TAKE_MS,
    )
    page.get_by_role("button", name="Stop").click()


def wait_until_recording(page: Page) -> None:
    expect(page.locator("#recorder")).to_have_attribute("data-state", "recording")


def listen_to_take(page: Page) -> None:
    """To the end, as Submit demands."""
    submit = page.get_by_role("button", name="Submit")
    expect(submit).to_be_disabled()
    page.get_by_role("button", name="Play Your take").click()
    expect(submit).to_be_enabled(timeout=WHOLE_TAKE_MS)


def submit_take(page: Page) -> str:
    """The work stamp."""
    page.get_by_role("button", name="Submit").click()
    return shown_stamp(page)


def shown_stamp(page: Page) -> str:
    expect(page.get_by_role("heading", name="Upload successful")).to_be_visible()
    stamp = page.locator("#stamp").inner_text().strip()
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]", stamp), stamp
    return stamp


def contribute_one(page: Page, *, at_least_s: float = 2.6) -> str:
    """From the campaign's page to the stamp of one short mixture."""
    answer_questionnaire(page)
    switch_microphone_on(page)
    record_take(page, at_least_s=at_least_s)
    listen_to_take(page)
    return submit_take(page)


def stored_samples(recording: Recording, folder: Path) -> tuple[NDArray[np.float64], int]:
    """The samples of the stored original, full scale 1, and its rate."""
    path = folder / "stored.wav"
    path.write_bytes(b"".join(object_store().iterate(recording.object_key)))
    samples, sample_rate_hz = sf.read(path, dtype="float64")
    return np.asarray(samples), int(sample_rate_hz)


def withdrawal_code(page: Page, site: str, slug: str) -> str:
    page.goto(f"{site}/c/{slug}/receipt")
    return page.locator("#withdrawal-code").inner_text().strip()
