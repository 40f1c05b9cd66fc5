"""Growth: what a small lab takes beside a large one, where a crowd listens to the event stream."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from backend.db.migration import migrate
from benchmarks.store import fill
from benchmarks.store.read import timed
from benchmarks.store.write import KEYS
from benchmarks.table import Row
from benchmarks.ui.lab import opened
from tests.lab import running_web

AT_MOST = 2.0
"""Times the small lab's figure."""

CURVES_OF = 20
SMALL_CROWD = 1

SMALL, LARGE = "small lab", "large lab"


@dataclass(frozen=True)
class Growth:
    """The labs and what happens in them. The large one has `copies` times as many runs."""

    runs: int = 100
    epochs: int = 200
    copies: int = 100
    listeners: int = 500
    epochs_per_second: float = 50
    seconds: float = 15
    turns: int = 3

    @property
    def points(self) -> int:
        return self.runs * self.epochs * self.copies * len(KEYS)


@dataclass(frozen=True)
class Figures:
    write_ms: float
    page_ms: float
    curves_ms: float
    memory: int  # PSS of the web process in bytes
    per_second: float  # epochs written
    heard: dict[str, float]  # `listeners.Heard`


def rows(growth: Growth, folder: Path) -> Iterator[Row]:
    """`folder`: where the filled labs are kept, and found again."""
    small, large = filled(folder, growth)
    found: dict[str, list[Figures]] = {}
    crowd = f"{growth.listeners} listeners"
    for _ in range(growth.turns):
        found.setdefault(SMALL, []).append(_measured(small, growth, runs=growth.runs, listeners=SMALL_CROWD))
        for name, listeners in ((LARGE, SMALL_CROWD), (crowd, growth.listeners)):
            many = growth.runs * growth.copies
            found.setdefault(name, []).append(_measured(large, growth, runs=many, listeners=listeners))
    size = f"{growth.runs * growth.copies:,} runs, {growth.points:,} points, {crowd}"
    yield _row(
        f"an epoch's transaction: {size}", {name: _median(each, "write_ms") for name, each in found.items()}, "ms"
    )
    yield _row(
        "the same: first page of 100 runs", {name: _median(each, "page_ms") for name, each in found.items()}, "ms"
    )
    curves = {name: _median(each, "curves_ms") for name, each in found.items()}
    yield _row(f"the same: one key of {CURVES_OF} runs", curves, "ms")
    memory = {name: _median(each, "memory") / (1 << 20) for name, each in found.items()}
    yield _row("the same: memory of the web process (PSS)", memory, "MiB")
    yield _row_of_events(growth, found)


def filled(folder: Path, growth: Growth) -> tuple[Path, Path]:
    """Return the homes of a small and a large lab, filled if the folder has none."""
    small, large = (folder / f"{growth.runs * times}-runs-{growth.epochs}-epochs" for times in (1, growth.copies))
    with _made(small) as half:
        if half is not None:
            fill.fill(half, runs=growth.runs, epochs=growth.epochs)
    with _made(large) as half:
        if half is not None:
            shutil.copytree(small, half)
            fill.multiply(half, runs=growth.runs, copies=growth.copies)
    return small, large


@contextmanager
def _made(home: Path) -> Iterator[Path | None]:
    """Yield where to make a home, which is moved there once it is whole; None if it is there."""
    if home.exists():
        with opened(home) as database:
            # Of an earlier revision, every copy of it would be migrated by the web process.
            migrate(database, copies_in=home.parent / "backups")
        yield None
        return
    half = home.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    yield half
    half.rename(home)


def _measured(home: Path, growth: Growth, *, runs: int, listeners: int) -> Figures:
    """Measure a copy of a lab while epochs are written and `listeners` streams are open."""
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        copy = Path(shutil.copytree(home, Path(folder) / "home"))
        with (
            running_web(copy) as lab,
            _process("listeners", lab.url, listeners) as crowd,
            _process("paced", copy, growth.epochs_per_second) as writer,
        ):
            began = time.monotonic()
            # Spread over the lab, as runs that somebody compares are.
            compared = ",".join(str(run) for run in range(1, runs + 1, max(1, runs // CURVES_OF)))
            page, curves = timed(lab, "/runs?limit=100"), timed(lab, f"/metrics?runs={compared}&keys=test/accuracy")
            time.sleep(max(0.0, began + growth.seconds - time.monotonic()))  # epochs go on being written
            memory = psutil.Process(lab.process.pid).memory_full_info().pss
            paced = _result(writer, "")
            heard = _result(crowd, json.dumps(paced["commits"]) + "\n")
    return Figures(paced["call_ms"], page.ms, curves.ms, memory, paced["per_second"], heard)


@contextmanager
def _process(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Run one of this package's scripts; it has printed `ready`."""
    command = [sys.executable, "-m", f"benchmarks.store.{script}", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if (line := process.stdout.readline()) != "ready\n":
                raise RuntimeError(f"{script} ended before it was ready: {line!r}")
            yield process
        finally:
            process.kill()


def _result(process: "subprocess.Popen[str]", given: str) -> Any:
    """Close the process's standard input after these lines, and return what it printed."""
    printed, _ = process.communicate(given)
    return json.loads(printed)


def _median(figures: Sequence[Figures], name: str) -> float:
    return float(median(getattr(each, name) for each in figures))


def _row(work: str, values: dict[str, float], unit: str) -> Row:
    """The last value is that of the crowd."""
    *others, measured = values.values()
    limit = AT_MOST * values[SMALL]
    against = "; ".join(f"{name} {value:.3g} {unit}" for name, value in zip(values, others, strict=False))
    return Row(work, against, f"{measured:.3g} {unit}", f"at most {limit:.3g} {unit}", measured <= limit)


def _row_of_events(growth: Growth, found: dict[str, list[Figures]]) -> Row:
    (_, *_, crowd), (one, *_) = found.values(), found.values()
    fewest, most = (each(figures.heard[name] for figures in crowd) for each, name in ((min, "fewest"), (max, "most")))
    reached = median(figures.per_second for figures in crowd)
    delays = [
        f"{median(f.heard['delay_ms'] for f in figures):.0f} ms, 95 % within"
        f" {median(f.heard['delay_p95_ms'] for f in figures):.0f} ms"
        for figures in (one, crowd)
    ]
    complete = all(figures.heard["fewest"] == figures.heard["most"] for figures in crowd)
    kept_pace = reached >= 0.95 * growth.epochs_per_second
    return Row(
        f"the same: an event's way to each listener, {reached:.0f} epochs a second",
        f"one listener of the small lab {delays[0]}",
        f"{delays[1]}; {fewest:.0f} to {most:.0f} events each",
        f"every event, {growth.epochs_per_second:g} epochs a second",
        complete and kept_pace,
    )
