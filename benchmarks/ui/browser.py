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
    """Launch Chromium from the PATH, or else the one that Playwright downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """Open a new browser profile: nothing is cached."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(path=PROBE)
    yield context
    context.close()


def page_of(context: BrowserContext, url: str) -> Page:
    """Open a page and wait until its charts are drawn."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => probe.charts")
    return page


def put_behind(page: Page) -> None:
    """Make the page hidden and without frames, like a background tab. Headless Chromium shows all pages."""
    page.evaluate(HIDE)


def milliseconds(page: Page, what: str) -> float:
    """Wait for one of the probe's times since navigation."""
    found: float = page.wait_for_function(f"() => probe.{what}").json_value()
    return found


class Scripts:
    """Count the bytes of JavaScript transferred."""

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


HEAP_SAMPLES = 6


def heap_bytes(page: Page, session: CDPSession) -> int:
    """Return the heap size: the minimum of samples one second apart, each after garbage collection.

    A page that draws constantly holds 4 MB more at times, which the next sample no longer has.
    """
    samples = []
    for _ in range(HEAP_SAMPLES):
        page.wait_for_timeout(1000)
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        samples.append(int(session.send("Runtime.getHeapUsage")["usedSize"]))
    return min(samples)
