"""Live runs without a GPU: a process that writes what a worker with many slots would, and tells when it committed.

    python -m benchmarks.ui.writer HOME --runs 20 --every 4

prints `run epoch milliseconds` for each epoch, the time being the clock's right after the commit; the first line is
`ready`. It ends with its standard input.
"""

import argparse
import heapq
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from backend.db import attempts, records, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from benchmarks.ui.lab import finish_epoch, opened, register, started
from skiplab.contract.jobs import RENEW_SECONDS

PROGRESS_SECONDS = 1.0
"""As often as a trainer says how far it is inside an epoch."""

LONGEST = 1000
"""Epochs of a run: it goes on for as long as anybody looks."""


class Writer:
    """Runs whose epochs end in turn, evenly spread over time."""

    def __init__(self, database: Database, *, count: int, every: float, begun: int) -> None:
        self._database, self._every = database, every
        self._worker = register(database, slots=count)
        with database.write() as session:
            self._claims = started(session, self._worker, range(count), epochs=LONGEST)
            for claim in self._claims:
                for epoch in range(1, begun + 1):
                    finish_epoch(session, claim, epoch)
        self._epochs = dict.fromkeys((claim.run_id for claim in self._claims), begun)

    def write(self, ended: threading.Event) -> None:
        """Until it is ended."""
        began, count = time.monotonic(), len(self._claims)
        # When, a number that keeps apart what is due at once, how often, what.
        due: list[tuple[float, int, float, Callable[[float], None]]] = [(began, -1, RENEW_SECONDS, self._renew)]
        for place, claim in enumerate(self._claims):
            share = place / count
            due.append((began + share * self._every, place, self._every, partial(self._epoch, claim)))
            due.append(
                (began + share * PROGRESS_SECONDS, count + place, PROGRESS_SECONDS, partial(self._progress, claim))
            )
        heapq.heapify(due)
        while not ended.wait(max(0.0, due[0][0] - time.monotonic())):
            at, place, period, act = due[0]
            act(at - began)
            heapq.heapreplace(due, (at + period, place, period, act))

    def _epoch(self, claim: Claim, _elapsed: float) -> None:
        self._epochs[claim.run_id] += 1
        epoch = self._epochs[claim.run_id]
        with self._database.write() as session:
            finish_epoch(session, claim, epoch)
        print(claim.run_id, epoch, round(time.time() * 1000, 1), flush=True)

    def _progress(self, claim: Claim, elapsed: float) -> None:
        share = elapsed / self._every % 1
        epoch = self._epochs[claim.run_id] + 1
        with self._database.write() as session:
            records.progress(session, claim.run_id, claim.attempt, epoch=epoch, share=share)

    def _renew(self, _elapsed: float) -> None:
        with self._database.write() as session:
            workers.beat(session, self._worker)
            for claim in self._claims:
                attempts.renew(session, claim.run_id, claim.attempt)


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ui.writer")
    parser.add_argument("home", type=Path)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--every", type=float, default=4.0, help="seconds from one epoch of a run to its next")
    parser.add_argument("--begun", type=int, default=5, help="epochs that each run has behind it at the start")
    given = parser.parse_args()
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=[ended], daemon=True).start()
    with opened(given.home) as database:
        writer = Writer(database, count=given.runs, every=given.every, begun=given.begun)
        print("ready", flush=True)
        writer.write(ended)


if __name__ == "__main__":
    main()
