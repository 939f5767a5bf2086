"""A Chromium with a profile on disk that can be killed like a crashed phone and started again."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Playwright

from tests.browser.chromium import FLAGS, find_chromium, microphone_flags

PROC = Path("/proc")


class ProfiledBrowser:
    """`start` gives a context on the same profile each time; `kill` ends every process of it by SIGKILL."""

    def __init__(self, playwright: Playwright, profile: Path, *, microphone: Path) -> None:
        self.playwright = playwright
        self.profile = profile
        self.microphone = microphone

    def start(self, **context: Any) -> BrowserContext:
        return self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=find_chromium(),
            args=[*FLAGS, *microphone_flags(self.microphone, repeats=True)],
            **context,
        )

    def kill(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        while self.processes():
            time.sleep(0.05)
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()

    def processes(self) -> list[int]:
        """Those whose command line names this profile."""
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and self.owns(entry)]

    def owns(self, entry: Path) -> bool:
        try:
            command = (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return str(self.profile).encode() in command and state != "Z"
