"""`make bench-queue`: latency of requests with 10,000 queued runs; writes benchmarks/results/queue.md.

With --quick: a short queue; prints the results only.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from backend.db import attempts, catalog, submissions, workers
from backend.db.database import Database
from backend.db.submissions import Submission
from benchmarks.table import ROOT, Row, collected
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device
from tests.lab import Lab, running_web

RESULTS = ROOT / "benchmarks" / "results" / "queue.md"
LIMIT_SECONDS = 0.05
BATCH = 500
NOTES = [
    "Each is timed as its caller sees it: over HTTP from another process on the same machine; a claim in the"
    " transaction of a worker's slot.",
    "The database is SQLite on this machine's disk, as a lab has it by default; the web process is its real one.",
]


@dataclass(frozen=True)
class Times:
    median: float
    p95: float
    count: int

    @classmethod
    def of(cls, work: Callable[[], None], *, times: int, afterwards: Callable[[], None] = lambda: None) -> "Times":
        """`afterwards` is called after each, untimed."""
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
            afterwards()
        cuts = quantiles(taken, n=20)
        return cls(cuts[9], cuts[18], times)

    def row(self, work: str, *, promised: bool = True) -> Row:
        return Row(
            work=work,
            against="",
            measured=f"median {1000 * self.median:.1f} ms, 95 % within {1000 * self.p95:.1f} ms, {self.count} times",
            wanted=f"both under {1000 * LIMIT_SECONDS:.0f} ms" if promised else "",
            met=max(self.median, self.p95) < LIMIT_SECONDS if promised else None,
        )


class LongQueue:
    """A web process with many queued runs, and a worker that claims some."""

    def __init__(self, lab: Lab, database: Database, waiting: int) -> None:
        self._lab, self._database = lab, database
        with database.write() as session:
            models = [ModelDetails(key="cnn", label="CNN", measured=True, parameters=1, flops=1)]
            catalog.announce(session, models, [DatasetCard(key="digits", label="Digits", available=True, source="-")])
            devices = [Device(kind="cpu", name="no device", index=0)]
            self._worker = workers.register(session, name="bench", devices=devices)
        spec = RunSpec(model="cnn", dataset="digits")
        for first in range(0, waiting, BATCH):
            names = [f"run {number}" for number in range(first, min(first + BATCH, waiting))]
            with database.write() as session:
                submissions.add_all(session, [Submission(spec, name) for name in names])
        self._last = waiting
        self._claimed: attempts.Claim | None = None

    def claim(self) -> None:
        with self._database.write() as session:
            self._claimed = attempts.claim(session, worker_id=self._worker, slot=0, device="cpu")

    def finish(self) -> None:
        """Finish the claimed run: a slot holds one at a time."""
        assert self._claimed is not None
        with self._database.write() as session:
            attempts.finish(session, self._claimed.run_id, self._claimed.attempt)

    def cancel(self) -> None:
        """Cancel the last queued run."""
        self._ask("POST", f"/runs/{self._last}/cancel")
        self._last -= 1

    def submit(self) -> None:
        self._ask("POST", "/runs", json={"model": "cnn", "dataset": "digits"})

    def read(self) -> None:
        self._ask("GET", f"/runs/{self._last}")

    def first_page(self) -> None:
        self._ask("GET", "/runs", params={"limit": 100})

    def order(self) -> None:
        self._ask("GET", "/queue")

    def move(self) -> None:
        self._ask("POST", f"/runs/{self._last}/move", json={"to": "front"})

    def _ask(self, method: str, path: str, **more: Any) -> None:
        answer = self._lab.client.request(method, path, **more)
        assert answer.is_success, answer.text


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test; the numbers are meaningless")
    quick = parser.parse_args().quick
    waiting, times = (200, 5) if quick else (10_000, 200)
    title = f"The queue, with {waiting:,} runs in it"
    rows = collected(measured(waiting, times), None if quick else RESULTS, title, NOTES)
    return int(any(row.met is False for row in rows))


def measured(waiting: int, times: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with running_web(home) as lab:
            database = Database(f"sqlite:///{home / 'skiplab.db'}")
            queue = LongQueue(lab, database, waiting)
            yield Times.of(queue.claim, times=times, afterwards=queue.finish).row("claim the next run")
            yield Times.of(queue.first_page, times=times).row("list: a page of 100 runs")
            yield Times.of(queue.order, times=times).row("list: the order of the whole queue")
            yield Times.of(queue.read, times=times).row("read one waiting run, with its place")
            yield Times.of(queue.cancel, times=times).row("cancel a waiting run")
            yield Times.of(queue.submit, times=times).row("submit a run")
            yield Times.of(queue.move, times=max(times // 10, 2)).row("move a run to the front", promised=False)
            database.close()


if __name__ == "__main__":
    sys.exit(main())
