"""From the microphone to the published file: recorded, separated, scored, accepted in the browser, released."""

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile as sf
from playwright.sync_api import expect

from collection.models import Campaign, Recording
from core.runner import run_waiting
from evaluation.registry.services.bundles import register_shipped_bundles
from evaluation.runs.inference import inference_process
from evaluation.runs.models import QualityEstimate
from evaluation.runs.services.requests import pull
from releases.services.builder import build_release
from tests.browser import flows
from tests.browser.conftest import Visit, Visitor
from tests.browser.sound import MIXTURE, compare, read_pcm16
from tests.browser.test_recording_path import mixture_once, record_the_mixture

__all__ = ["mixture_once"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def let_workers_finish() -> Callable[[], None]:
    """All that the workers have to do, with the bundles that ship."""
    register_shipped_bundles()

    def work() -> None:
        while pull() or run_waiting(worker="browser-test"):
            pass
        inference_process().stop()

    return work


def test_a_recorded_mixture_is_separated_scored_accepted_and_released(
    visit: Visit,
    mixture_once: Path,
    campaign: Campaign,
    staff: Callable[[str], Visitor],
    let_workers_finish: Callable[[], None],
    tmp_path: Path,
) -> None:
    record_the_mixture(visit(microphone=mixture_once, repeats=False).open("/c/demo/"))
    let_workers_finish()
    assert QualityEstimate.objects.count() == 2

    desk = staff("reviewer").open("/review/")
    desk.get_by_role("link", name="Start with the oldest").click()
    expect(desk.locator(".results-estimate strong")).to_have_count(2)
    desk.keyboard.press("a")
    expect(desk.get_by_text("waiting")).to_be_visible()
    recording = Recording.objects.get()
    assert recording.review_state == "accepted"

    built = build_release(campaign=campaign, version="0.1.0", out_dir=tmp_path)
    [published] = (built.folder / "audio").rglob("*.flac")
    samples, sample_rate_hz = sf.read(published, dtype="float64")
    assert sample_rate_hz == 44_100
    assert compare(fed=read_pcm16(MIXTURE), recorded=samples).snr_db >= 60
    assert flows.stored_samples(recording, tmp_path)[0].tolist() == samples.tolist()
