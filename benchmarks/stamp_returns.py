"""Browsers that die right after their last take was sent, before anybody read the answer, and come back."""

from __future__ import annotations

import hashlib
import http.client
import json
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import CannotRun, progress
from benchmarks.site import HOST, SLUG, Site
from benchmarks.virtual_recorder import CAPTURE, VirtualRecorder, synthetic_take

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAKE_S = 2.2
TAKE_RATE_HZ = 16_000
AT_ONCE = 8
COMMITS_WITHIN_S = 60.0
RETURNS_WITHIN_MS = 30_000
ANOTHER_DAY = timedelta(days=30)


def count_reshown(site: Site, *, returns: int, browser_kills: int) -> dict[str, int]:
    """How many see the same stamp on the stamp page and the recorder; real browsers are counted among them."""
    http_sessions = returns - browser_kills
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        recorders = list(crowd.map(lambda seed: record_and_die(site, seed), range(http_sessions)))
    let_a_month_pass()
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        reshown = sum(crowd.map(sees_the_same_stamp, recorders))
    progress(f"{reshown} of {http_sessions} sessions saw their stamp again.")
    in_browsers = sum(survives_a_kill(site) for _ in range(browser_kills))
    progress(f"{in_browsers} of {browser_kills} killed browsers saw their stamp again.")
    return {
        "reshown": reshown + in_browsers,
        "reshown_http_sessions": reshown,
        "reshown_killed_browsers": in_browsers,
    }


def record_and_die(site: Site, seed: int) -> VirtualRecorder:
    """Everything up to the call that completes the take; its answer is never read."""
    recorder = VirtualRecorder(host=HOST, port=site.port, slug=SLUG)
    recorder.enter()
    wav = synthetic_take(duration_s=TAKE_S, sample_rate_hz=TAKE_RATE_HZ, seed=seed)
    take_id = str(uuid.uuid4())
    announcement = {
        "client_uuid": take_id,
        "assignment": recorder.next_assignment(),
        "sha256": hashlib.sha256(wav).hexdigest(),
        "byte_length": len(wav),
        "capture": CAPTURE,
    }
    begun = recorder.api("POST", "/api/v1/uploads", json.dumps(announcement).encode())
    recorder.api("PUT", begun["put"]["url"], wav, begun["put"]["headers"])
    connection = http.client.HTTPConnection(HOST, site.port, timeout=60)
    headers = {**recorder.identity(), "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/uploads/{take_id}/complete", body=b"{}", headers=headers)
    connection.close()
    wait_until_stored(take_id)
    return recorder


def wait_until_stored(take_id: str) -> None:
    from collection.models import Upload

    deadline_s = time.monotonic() + COMMITS_WITHIN_S
    while not Upload.objects.filter(client_uuid=take_id, state=Upload.State.STORED).exists():
        if time.monotonic() > deadline_s:
            raise CannotRun(f"The take {take_id} was not stored within {COMMITS_WITHIN_S:g} s.")
        time.sleep(0.05)


def let_a_month_pass() -> None:
    """By moving into the past what the server dates: when sessions end and when stamps were minted."""
    from django.contrib.sessions.models import Session
    from django.db.models import F

    from recruitment.models import WorkStamp

    Session.objects.update(expire_date=F("expire_date") - ANOTHER_DAY)
    WorkStamp.objects.update(minted_at=F("minted_at") - ANOTHER_DAY)


def sees_the_same_stamp(recorder: VirtualRecorder) -> bool:
    """With nothing but the cookies, on new connections."""
    code = only_stamp_of_session(recorder.cookies["sessionid"])
    pages = [recorder.ask("GET", path).body.decode() for path in ("/stamps/", f"/c/{SLUG}/record")]
    return all(code in page for page in pages)


def only_stamp_of_session(session_key: str) -> str:
    from django.contrib.sessions.backends.db import SessionStore

    from recruitment.models import WorkStamp
    from recruitment.sealing import unseal
    from recruitment.sessions import remembered_participants

    people = remembered_participants(session=SessionStore(session_key))
    return unseal(WorkStamp.objects.get(work_unit__participant__in=people).code_sealed)


def survives_a_kill(site: Site) -> bool:
    """A real Chromium with a profile on disk, SIGKILLed at the answer to its last upload, then started again."""
    try:
        from playwright.sync_api import Error, sync_playwright

        from tests.browser.killed_browser import ProfiledBrowser
        from tests.browser.sound import MIXTURE, read_pcm16, write_microphone_file
    except ImportError as missing:
        raise CannotRun(f"{missing}: install requirements-dev.txt, or use --browser-kills 0.") from missing
    with tempfile.TemporaryDirectory(prefix="realm-killed-") as folder, sync_playwright() as playwright:
        microphone = write_microphone_file(Path(folder) / "mixture.wav", read_pcm16(MIXTURE))
        browser = ProfiledBrowser(playwright, Path(folder) / "profile", microphone=microphone)
        record_in_browser(browser.start().new_page(), site)
        browser.kill()
        returned = browser.start()
        try:
            return shows_the_newest_stamp(returned.new_page(), site)
        except Error as fault:
            progress(f"A browser that came back did not show its stamp: {fault.message.splitlines()[0]}")
            return False
        finally:
            returned.close()


def record_in_browser(page: Page, site: Site) -> None:
    """Up to the moment in which the browser has the answer to its upload."""
    from tests.browser import flows

    page.goto(f"http://{HOST}:{site.port}/c/{SLUG}/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    flows.listen_to_take(page)
    with page.expect_response("**/complete"):
        page.get_by_role("button", name="Submit").click()


def shows_the_newest_stamp(page: Page, site: Site) -> bool:
    from recruitment.models import WorkStamp
    from recruitment.sealing import unseal
    from tests.browser import flows

    with ThreadPoolExecutor(1) as aside:  # the browser's event loop runs in this thread
        code = unseal(aside.submit(WorkStamp.objects.latest, "minted_at").result().code_sealed)
    page.goto(f"http://{HOST}:{site.port}/stamps/")
    page.get_by_text(code).wait_for(timeout=RETURNS_WITHIN_MS)
    page.goto(f"http://{HOST}:{site.port}/c/{SLUG}/record")
    return flows.shown_stamp(page) == code
