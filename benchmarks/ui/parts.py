"""The measured interactions, each on its own lab."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks.table import Row
from benchmarks.ui.browser import Scripts, heap_bytes, milliseconds, page_of, profile, put_behind
from benchmarks.ui.labs import LIVE_RUNS, Labs, copied, live_lab

PAGES = 10
EVERY = 4.0
"""Seconds from one epoch of a live run to its next."""

SETTLE_SECONDS = 3.0
"""After the last of many pages was opened; what is drawn before that is its first load, not an update."""

MEGABYTE = 10**6


@dataclass(frozen=True)
class Effort:
    """How long to look: REAL is what results are from, QUICK only shows that everything works."""

    watched: float  # seconds of live points
    times: int  # of what can be repeated
    scrolled: int  # frames
    runs: int  # in the long table
    hour: float  # seconds of the tab's hour
    pace: float  # how many times faster than life that hour goes by


REAL = Effort(watched=60, times=7, scrolled=400, runs=1000, hour=360, pace=10)
WHOLE_HOUR = Effort(watched=60, times=7, scrolled=400, runs=1000, hour=3600, pace=1)
QUICK = Effort(watched=6, times=2, scrolled=30, runs=40, hour=12, pace=20)


def all_of(count: int) -> str:
    return "?runs=" + ",".join(map(str, range(1, count + 1)))


def latency(browser: Browser, effort: Effort) -> Iterator[Row]:
    """Ten tabs of one window, and then ten windows that all draw."""
    for shown in (False, True):
        with live_lab(EVERY) as (web, commits), profile(browser) as context:
            pages = [page_of(context, f"{web.url}/{all_of(LIVE_RUNS)}") for _ in range(PAGES)]
            if not shown:
                for page in pages[:-1]:
                    put_behind(page)
            for page in pages:
                page.evaluate("probe.points = {}")
            pages[-1].wait_for_timeout(SETTLE_SECONDS * 1000)
            begin = time.time() * 1000
            pages[-1].wait_for_timeout(effort.watched * 1000)
            end = time.time() * 1000
            pages[-1].wait_for_timeout(3000)
            watched = {point: at for point, at in commits.at.items() if begin <= at < end}
            visible = [page for page in pages if page.evaluate("document.visibilityState") == "visible"]
            seen = [delay for page in visible for delay in _delays(page, watched)]
        yield _latency_row(seen, len(visible), len(watched))


def _delays(page: Page, commits: dict[tuple[int, int], float]) -> list[float]:
    """From each commit until both charts have its points on the screen."""
    points: dict[str, float] = page.evaluate("probe.points")
    return [_shown(points, run, epoch) - at for (run, epoch), at in commits.items()]


def _shown(points: dict[str, float], run: int, epoch: int) -> float:
    """When both charts had this epoch on the screen, or one that came after it."""
    keys = ("train-loss", "test-loss", "train-accuracy", "test-accuracy")
    found = []
    for key in keys:
        later = (points.get(f"run-{run}-{key} {each}") for each in range(epoch, epoch + 5))
        found.append(next((at for at in later if at is not None), float("inf")))
    return max(found)


def _latency_row(delays: Sequence[float], visible: int, commits: int) -> Row:
    p95 = quantile(delays, 0.95)
    return Row(
        work="commit of a point to pixels, 95th percentile",
        against=f"{LIVE_RUNS} live runs, an epoch of each every {EVERY:g} s; {PAGES} pages of one browser,"
        f" {visible} of them in sight",
        measured=f"{p95:.0f} ms (median {median(delays):.0f}, {commits} commits)",
        wanted="300 ms",
        met=p95 <= 300,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    return sorted(values)[max(0, -int(-len(values) * share // 1) - 1)]


def cold_home(browser: Browser, labs: Labs, effort: Effort) -> Iterator[Row]:
    times, sizes = [], []
    with copied(labs.filled(LIVE_RUNS, 200)) as web:
        for _ in range(effort.times):
            with profile(browser) as context:
                page = context.new_page()
                scripts = Scripts(context.new_cdp_session(page))
                page.goto(f"{web.url}/{all_of(LIVE_RUNS)}", wait_until="commit")
                times.append(milliseconds(page, "charts"))
                sizes.append(scripts.compressed)
    yield _wait(
        f"home with {LIVE_RUNS} runs x 200 epochs, cold cache, to all curves drawn",
        "every run in both charts",
        times,
        limit=1500,
    )
    yield Row(
        work="JavaScript before the first chart, compressed",
        against="",
        measured=f"{max(sizes) / 1000:.0f} kB",
        wanted="900 kB",
        met=max(sizes) <= 900_000,
    )


def switches(browser: Browser, labs: Labs, effort: Effort) -> Iterator[Row]:
    with copied(labs.filled(LIVE_RUNS, 200)) as web, profile(browser) as context:
        page = page_of(context, f"{web.url}/{all_of(LIVE_RUNS)}")
        page.wait_for_timeout(1000)
        over, smooth = (
            page.get_by_role("group", name="Chart options").get_by_label("X axis"),
            page.get_by_role("slider", name="Smoothing"),
        )
        axes = [_timed(page, "change", partial(over.select_option, to)) for to in ("step", "time") * effort.times]
        smooth.focus()
        smoothed = [_timed(page, "keydown", partial(page.keyboard.press, "ArrowRight")) for _ in axes]
    for name, times in (("x axis", axes), ("smoothing", smoothed)):
        yield _wait(f"switch the {name}, {LIVE_RUNS} runs x 200 epochs", "both charts", times, limit=150)


def _timed(page: Page, event: str, act: Callable[[], object]) -> float:
    page.evaluate(f"void (probe.change = probe.changed('{event}'))")
    act()
    found: float = page.evaluate("probe.change")
    return found


def many_runs(browser: Browser, labs: Labs, effort: Effort) -> Iterator[Row]:
    times = []
    with copied(labs.filled(effort.runs, 50)) as web:
        for _ in range(effort.times):
            with profile(browser) as context:
                page = context.new_page()
                page.goto(web.url, wait_until="commit")
                times.append(milliseconds(page, "rows"))
        with profile(browser) as context:
            page = page_of(context, web.url)
            page.wait_for_function(
                f"() => document.querySelector('table[aria-label=Runs]').ariaRowCount > {effort.runs}"
            )
            blank, slow = 0.0, 0.0
            for way in ("(step) => step * 250", "(step, {scrollHeight}) => (step * 7919) % 97 / 97 * scrollHeight"):
                seen = page.evaluate(f"probe.scroll({effort.scrolled}, {way})")
                blank, slow = max(blank, seen["longest"]), max(slow, quantile(seen["gaps"], 0.95))
    yield _wait(f"home with {effort.runs} runs x 50 epochs, cold cache, to first rows", "", times, limit=1000)
    yield Row(
        work=f"longest time without rows while scrolling through {effort.runs} runs",
        against="250 pixels a frame, then leaps through the whole table",
        measured=f"{blank:.0f} ms; 95 % of the frames within {slow:.0f} ms",
        wanted="100 ms",
        met=blank <= 100,
    )


def hour(browser: Browser, effort: Effort) -> Iterator[Row]:
    """The tab's heap after the first twelfth, and at the end."""
    with live_lab(10.0 / effort.pace) as (web, _), profile(browser) as context:
        page = page_of(context, f"{web.url}/{all_of(LIVE_RUNS)}")
        session = context.new_cdp_session(page)
        page.wait_for_timeout(effort.hour * 1000 / 12)
        first = heap_bytes(page, session)
        page.wait_for_timeout(effort.hour * 1000 * 11 / 12)
        last = heap_bytes(page, session)
    fast = "" if effort.pace == 1 else f", in {effort.hour / 60:g} minutes at {effort.pace:g} times the rate"
    yield Row(
        work=f"growth of a tab's memory from minute 5 to minute 60 of {LIVE_RUNS} live runs",
        against=f"an epoch of each every 10 s{fast}",
        measured=f"{last / first - 1:+.0%}: heap of {first / MEGABYTE:.1f} MB, then {last / MEGABYTE:.1f} MB",
        wanted="20 %",
        met=last <= 1.2 * first,
    )


def _wait(work: str, against: str, times: Sequence[float], *, limit: float) -> Row:
    """Times and limit in milliseconds."""
    measured = f"{median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {len(times)} times)"
    return Row(work=work, against=against, measured=measured, wanted=f"{limit} ms", met=median(times) <= limit)
