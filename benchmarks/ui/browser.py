"""Control Chromium, and read the timings that pages record (probe.js)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, sync_playwright

from backend.report.browser import FLAGS, NAMES

PROBE = Path(__file__).with_name("probe.js")
WINDOW: ViewportSize = {"width": 1440, "height": 900}
PATIENCE_MS = 60_000

HIDE = """() => {
  Object.defineProperty(document, 'hidden', { get: () => true })
  Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
  window.requestAnimationFrame = () => 0
  clearInterval(probe.watch)
  document.dispatchEvent(new Event('visibilitychange'))
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """From the PATH; where there is none, the one that Playwright has downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh one: nothing is cached."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(path=PROBE)
    yield context
    context.close()


def page_of(context: BrowserContext, url: str) -> Page:
    """A page whose charts are drawn."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => probe.charts")
    return page


def put_behind(page: Page) -> None:
    """As a browser treats a tab behind another: it is told so and gets no frames. Headless Chromium shows all pages."""
    page.evaluate(HIDE)


def milliseconds(page: Page, what: str) -> float:
    """One of the probe's moments since the navigation, once it has come."""
    found: float = page.wait_for_function(f"() => probe.{what}").json_value()
    return found


class Scripts:
    """Counts the bytes of JavaScript that come over the wire."""

    def __init__(self, session: CDPSession) -> None:
        self._kinds: dict[str, str] = {}
        self.compressed = 0
        session.send("Network.enable")
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._end)

    def _begin(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"]

    def _end(self, event: dict[str, Any]) -> None:
        if self._kinds.get(event["requestId"]) == "Script":
            self.compressed += int(event["encodedDataLength"])


HEAP_LOOKS = 6


def heap_bytes(page: Page, session: CDPSession) -> int:
    """What a page's scripts hold: the least of some looks a second apart, each after a thorough clean-up.

    A page that draws all the time has now and then 4 MB more in hand, which are gone at the next look.
    """
    looks = []
    for _ in range(HEAP_LOOKS):
        page.wait_for_timeout(1000)
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        looks.append(int(session.send("Runtime.getHeapUsage")["usedSize"]))
    return min(looks)
