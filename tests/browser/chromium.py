"""Where Chromium is and how it is started: without hardware, with a file for a microphone."""

import os
import shutil
from pathlib import Path

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
MISSING = (
    "The browser tests need Chromium and found none of: {names}. Install it with "
    "'scripts/install_browser.sh' (Debian: apt-get install chromium), or name it in REALM_CHROMIUM."
)


class ChromiumMissingError(Exception):
    """The browser is missing: the tests fail, because a skipped recorder test proves nothing."""


def find_chromium() -> str:
    named = os.environ.get("REALM_CHROMIUM", "")
    found = next(filter(None, (shutil.which(name) for name in (named, *CANDIDATES) if name)), None)
    if found is None:
        raise ChromiumMissingError(MISSING.format(names=", ".join(CANDIDATES)))
    return found


def microphone_flags(sound: Path | None, *, repeats: bool) -> list[str]:
    """`sound` is played into the microphone from the moment a page opens it; without one, nobody is asked."""
    if sound is None:
        return []
    suffix = "" if repeats else "%noloop"
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}{suffix}",
    ]
