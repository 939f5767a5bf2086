"""A real Chromium in front of the real site: pages, a fake microphone, staff, jobs and screenshots."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from collection.models import Campaign
from core.runner import run_waiting
from tests.browser.chromium import FLAGS, ChromiumMissingError, find_chromium, microphone_flags
from tests.browser.sound import MIXTURE, read_pcm16, write_microphone_file
from tests.browser.watching import Complaints
from tests.factories import make_campaign, make_user

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SLOWEST_STEP_MS = 30_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's synchronous interface runs an event loop in this thread, which makes Django refuse the
    # database; nothing here is concurrent within the thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=SLOWEST_STEP_MS)
    with sync_playwright() as running:
        yield running


class LaunchBrowser(Protocol):
    def __call__(self, *, microphone: Path | None = None, repeats: bool = True) -> Browser: ...


@pytest.fixture(scope="session")
def launch_browser(playwright: Playwright) -> Iterator[LaunchBrowser]:
    """One browser for each sound in the microphone, because the sound is a flag of the process."""
    try:
        executable = find_chromium()
    except ChromiumMissingError as missing:
        pytest.fail(str(missing), pytrace=False)
    running: dict[tuple[str, bool], Browser] = {}

    def launch(*, microphone: Path | None = None, repeats: bool = True) -> Browser:
        key = (str(microphone), repeats)
        if key not in running or not running[key].is_connected():
            flags = [*FLAGS, *microphone_flags(microphone, repeats=repeats)]
            running[key] = playwright.chromium.launch(executable_path=executable, args=flags)
        return running[key]

    yield launch
    for browser in running.values():
        browser.close()


class Visitor:
    """One person's browser: a context of its own, whose pages must not complain."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.site = site
        self.complaints = Complaints(context)
        context.set_default_timeout(SLOWEST_STEP_MS)

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(self.site + path)
        return page

    def sign_in(self, user: User) -> None:
        """The session cookie of a login, without the form."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.site}])


class Visit(Protocol):
    def __call__(
        self, *, microphone: Path | None = None, repeats: bool = True, **context: Any
    ) -> Visitor: ...


@pytest.fixture
def visit(live_server: LiveServer, launch_browser: LaunchBrowser) -> Iterator[Visit]:
    """`visit(microphone=FILE)` opens a browser of its own; at the end no page may have complained."""
    visitors: list[Visitor] = []

    def begin(*, microphone: Path | None = None, repeats: bool = True, **context: Any) -> Visitor:
        browser = launch_browser(microphone=microphone, repeats=repeats)
        context.setdefault("viewport", WIDE)
        visitors.append(Visitor(browser.new_context(**context), live_server.url))
        return visitors[-1]

    yield begin
    complaints = [text for visitor in visitors for text in visitor.complaints.unexpected()]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "pages complained:\n" + "\n".join(complaints)


@pytest.fixture(scope="session")
def mixture_microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture, again and again: for tests that need sound but not its every sample."""
    path = tmp_path_factory.mktemp("microphone") / "mixture.wav"
    return write_microphone_file(path, read_pcm16(MIXTURE))


@pytest.fixture
def contributor(visit: Visit, mixture_microphone: Path) -> Visitor:
    """Two people whose microphone hears an overlapped mixture without end."""
    return visit(microphone=mixture_microphone)


@pytest.fixture
def campaign(transactional_db: None) -> Campaign:
    return make_campaign(prompts=3, slug="demo", title="Overlapped English")


@pytest.fixture
def staff(visit: Visit) -> Callable[[str], Visitor]:
    """`staff("reviewer")`: a browser in which somebody with that role is logged in."""

    def enter(role: str) -> Visitor:
        visitor = visit()
        visitor.sign_in(make_user(role=role))
        return visitor

    return enter


@pytest.fixture
def run_jobs(transactional_db: None) -> Callable[[], int]:
    """Do all waiting work of the workers here and now; says how many jobs ran."""
    return lambda: run_waiting(worker="browser-test")


Photograph = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def photograph() -> Photograph:
    """Four pictures of a page in var/screenshots: wide and phone, light and dark."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        for size_name, size in (("wide", WIDE), ("phone", PHONE)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.screenshot(path=SCREENSHOTS / f"{name}-{size_name}-{scheme}.png", full_page=True)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=None)

    return take
