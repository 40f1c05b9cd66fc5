"""`make bench-ui`: writes benchmarks/results/ui.md. With --quick: two minutes; prints the results only."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.table import ROOT, Row, collected
from benchmarks.ui import parts
from benchmarks.ui.browser import chromium
from benchmarks.ui.labs import Labs
from benchmarks.ui.parts import QUICK, REAL, WHOLE_HOUR, Effort

RESULTS = ROOT / "benchmarks" / "results" / "ui.md"
TITLE = "The dashboard: what a user waits for"
NOTES = [
    "A headless Chromium, throttled to nothing, on the same machine as the backend and as the process that writes what"
    " workers would: backend.db's own functions, a transaction an epoch, progress each second.",
    "Times are until the frame that shows it has been handed on; medians, with the least and the largest.",
    "Pages in sight draw. Tabs behind another one take every event and draw when they come to the front: headless"
    " Chromium shows all pages, so such a tab is told that it is hidden and gets no frames, as in a window with tabs.",
    "A commit's time is taken right after it, in the writing process; a point is there when both charts show it.",
]

Part = Callable[[Browser, Labs, Effort], Iterator[Row]]

PARTS: Mapping[str, Part] = {
    "latency": lambda browser, _labs, effort: parts.latency(browser, effort),
    "cold": parts.cold_home,
    "many": parts.many_runs,
    "switch": parts.switches,
    "hour": lambda browser, _labs, effort: parts.hour(browser, effort),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ui", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test; the numbers are meaningless")
    parser.add_argument("--hour", action="store_true", help="measure the tab's memory over a real hour")
    parser.add_argument("--labs", type=Path, help="folder in which to keep, or find, the filled labs")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="print only these; write no file")
    given = parser.parse_args()
    effort = QUICK if given.quick else WHOLE_HOUR if given.hour else REAL
    whole = not given.quick and given.only == list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(given.only, Labs(given.labs or Path(folder)), effort)
        collected(rows, RESULTS if whole else None, TITLE, NOTES)
    return 0


def measured(names: list[str], labs: Labs, effort: Effort) -> Iterator[Row]:
    for name in names:
        # A new browser for each part: memory that one leaves does not affect the next.
        with chromium() as browser:
            yield from PARTS[name](browser, labs, effort)


if __name__ == "__main__":
    sys.exit(main())
