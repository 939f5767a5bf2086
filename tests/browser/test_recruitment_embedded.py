"""A worker of Mechanical Turk: our page in another site's frame, the work in a new tab, the stamp in their form."""

from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from playwright.sync_api import expect

from collection.models import Campaign
from recruitment.models import Effort, Submission
from tests.browser.conftest import Photograph, Visitor
from tests.browser.flows import contribute_one

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORKER, ASSIGNMENT = "A1WORKER00000001", "3ASSIGNMENT000000001"
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"


class FakeTurk(ThreadingHTTPServer):
    """The provider: a page with our page in a sandboxed frame, and the address that takes the form."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FakeTurkPages)
        self.framed = ""
        self.received: list[dict[str, list[str]]] = []

    @property
    def origin(self) -> str:
        # Another host name than the live server's, so that it is another site for cookies as well.
        return f"http://turk.localhost:{self.server_port}"


class FakeTurkPages(BaseHTTPRequestHandler):
    server: FakeTurk

    def do_GET(self) -> None:
        frame = f'<iframe sandbox="{SANDBOX}" src="{escape(self.server.framed)}" width="900" height="700"></iframe>'
        self.answer(f"<!doctype html><title>HIT</title><h1>HIT</h1>{frame}" if self.path == "/hit" else "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append(parse_qs(body) | {"path": [self.path]})
        self.answer("<!doctype html><title>done</title><p>Thank you for submitting this HIT.</p>")

    def answer(self, page: str) -> None:
        self.send_response(200 if page else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silent: the address names a worker."""


@pytest.fixture
def turk(settings: Any) -> Iterator[FakeTurk]:
    server = FakeTurk()
    Thread(target=server.serve_forever, daemon=True).start()
    settings.MTURK_FRAME_ORIGINS = [server.origin]
    settings.MTURK_SUBMIT_ORIGINS = [server.origin]
    yield server
    server.shutdown()


def frame_address(site: str, campaign: Campaign, turk: FakeTurk, *, assignment: str = ASSIGNMENT) -> str:
    Effort.objects.filter(pk=campaign.effort_id).update(
        channel="mturk",
        channel_settings={"title": "Read aloud together", "description": "Two people read sentences."},
    )
    sent = (
        f"assignmentId={assignment}&hitId=3HIT&workerId={WORKER}&turkSubmitTo={quote(turk.origin, safe='')}"
    )
    return f"{site}/embedded/{campaign.effort_id}/?{sent}"


def test_a_worker_does_the_work_in_a_tab_and_the_frame_submits_the_stamp(
    contributor: Visitor, campaign: Campaign, turk: FakeTurk, photograph: Photograph
) -> None:
    turk.framed = frame_address(contributor.site, campaign, turk)
    hit = contributor.context.new_page()
    hit.goto(f"{turk.origin}/hit")
    frame = hit.frame_locator("iframe")
    expect(frame.get_by_role("status")).to_contain_text("0 of 1 done")
    with contributor.context.expect_page() as opened:
        frame.get_by_role("link", name="Open the work in a new tab").click()
    stamp = contribute_one(opened.value)
    expect(frame.get_by_text("Thank you for submitting this HIT.")).to_be_visible()
    (received,) = turk.received
    assert received["path"] == ["/mturk/externalSubmit"]
    assert (received["assignmentId"], received["surveycode"]) == ([ASSIGNMENT], [stamp])
    assert Submission.objects.get().participant is not None


def test_a_preview_has_nothing_to_submit(
    contributor: Visitor, campaign: Campaign, turk: FakeTurk, photograph: Photograph
) -> None:
    address = frame_address(contributor.site, campaign, turk, assignment="ASSIGNMENT_ID_NOT_AVAILABLE")
    turk.framed = address
    hit = contributor.context.new_page()
    hit.goto(f"{turk.origin}/hit")
    frame = hit.frame_locator("iframe")
    expect(frame.get_by_text("This is a preview.")).to_be_visible()
    assert frame.get_by_role("button").count() == 0 and frame.get_by_role("link").count() == 0
    hit.goto(address)
    photograph(hit, "embedded-preview")
    hit.goto(frame_address(contributor.site, campaign, turk))
    photograph(hit, "embedded")
    assert not any(secret in hit.url for secret in (WORKER, ASSIGNMENT))


def test_another_site_cannot_put_the_page_into_its_frame(
    contributor: Visitor, campaign: Campaign, turk: FakeTurk, settings: Any
) -> None:
    settings.MTURK_FRAME_ORIGINS = ["https://*.mturk.com"]
    contributor.complaints.expect("frame-ancestors|refused to connect|Framing")
    turk.framed = frame_address(contributor.site, campaign, turk)
    hit = contributor.context.new_page()
    hit.goto(f"{turk.origin}/hit")
    hit.wait_for_timeout(1_000)
    assert hit.frame_locator("iframe").get_by_role("heading").count() == 0
