"""The page of one lab in one browser, with what a user does on it."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

SNAPSHOT = re.compile(r"/api/v1/(runs\?limit=\d+&archived=all|workers)$")
"""What a page requests at first, and after the stream's `reset`."""

FAILED_LOAD = re.compile(r"error: .*(Failed to load resource|net::ERR_|Unable to preload|dynamically imported module)")
"""What Chromium logs of a failed or refused request, and the router of a chunk that could not be loaded. An uncaught
error starts differently."""

AXE = Path(__file__).parent.parent.parent / "frontend/node_modules/axe-core/axe.min.js"

TRACES = """quantity => {
  const plot = document.querySelector(`[data-chart="${quantity}"] .js-plotly-plot`)
  return (plot?.data ?? []).map(({uid, x, y, line}) => ({uid, x: [...x], y: [...y], dash: line.dash}))
}"""


class Dashboard:
    """The page of one lab in one browser profile."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/{query}")
        # As patient as everything else here: a browser and a whole lab may have to share two cores with other tests.
        expect(self.live_state).to_have_text("live", timeout=20_000)

    @property
    def live_state(self) -> Locator:
        return self.page.locator("[data-connection]")

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog", name="Launch runs")

    def row(self, run_id: int) -> Locator:
        return self.page.locator(f"[data-run='{run_id}']")

    def eye(self, run_id: int) -> Locator:
        return self.row(run_id).get_by_role("button", name=re.compile("in charts"))

    def cancel(self, run_id: int) -> None:
        self.row(run_id).get_by_role("button", name=re.compile(f"^Cancel run {run_id},")).click()
        self.page.get_by_role("button", name="Cancel run", exact=True).click()

    def chosen(self) -> list[int] | None:
        """The runs that the URL names; None where it names none at all."""
        query = parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)
        return [int(part) for part in query["runs"][0].split(",") if part] if "runs" in query else None

    def shown(self) -> list[int]:
        """The runs whose eye is open."""
        found: list[int] = self.page.eval_on_selector_all(
            "tbody [data-run][data-shown=true]", "rows => rows.map(row => Number(row.dataset.run))"
        )
        return sorted(found)

    def traces(self, quantity: str) -> dict[str, dict[str, Any]]:
        """What Plotly draws, by uid."""
        return {trace["uid"]: trace for trace in self.page.evaluate(TRACES, quantity)}

    def points(self, run_id: int, key: str) -> int:
        return len(self.epochs(run_id, key))

    def epochs(self, run_id: int, key: str) -> list[int]:
        trace = self.traces(key.split("/")[1]).get(_uid(run_id, key))
        return list(trace["x"]) if trace else []

    def wait_for_points(self, run_id: int, key: str, at_least: int, seconds: float = 30) -> None:
        self.page.wait_for_function(
            f"""([quantity, uid, least]) => (({TRACES})(quantity).find(trace => trace.uid === uid)?.x.length ?? 0)
                >= least""",
            arg=[key.split("/")[1], _uid(run_id, key), at_least],
            timeout=seconds * 1000,
        )

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return found

    def forget_failed_loads(self) -> None:
        """For a test that lets requests fail: the browser logs each. What the page itself complains of is kept."""
        self.complaints[:] = [complaint for complaint in self.complaints if not FAILED_LOAD.match(complaint)]

    def accessibility_problems(self) -> list[str]:
        """What axe finds serious or worse."""
        self.page.evaluate(AXE.read_text())
        violations = self.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        return [
            f"{found['impact']}: {found['id']} at {node['target']}: {node['failureSummary']}"
            for found in violations
            if found["impact"] in ("serious", "critical")
            for node in found["nodes"]
        ]

    def _listen(self, message: ConsoleMessage) -> None:
        if "GL Driver Message" in message.text:
            return  # Chromium without a GPU remarks on its own speed
        # A refused form is the server's answer, which the browser calls an error; the form shows it.
        if message.type in ("error", "warning") and "422" not in message.text:
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")


def _uid(run_id: int, key: str) -> str:
    """Return the uid that charts/paths.ts gives the trace."""
    return f"run-{run_id}-{key.replace('/', '-')}"
