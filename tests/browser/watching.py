"""Everything a page complains about while a test uses it: console errors, exceptions, blocked by the policy."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  console.error(`CSP: ${violatedDirective} blocked ${blockedURI || "inline"} (${sourceFile}:${lineNumber})`);
});
"""


class Complaints:
    """Collected from every page of a context; a test says beforehand which ones it provokes."""

    def __init__(self, context: BrowserContext) -> None:
        self.heard: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self.watch)

    def watch(self, page: Page) -> None:
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.heard.append(f"exception on {page.url}: {error}"))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location.get("url", "")
            self.heard.append(f"{message.text} ({place})")

    def expect(self, pattern: str) -> None:
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [text for text in self.heard if not any(known.search(text) for known in self.expected)]
