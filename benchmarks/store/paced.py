"""Write epochs at a steady rate, as trainers with short epochs do.

    python -m benchmarks.store.paced HOME EPOCHS_PER_SECOND

Starts `write.RUNS` runs, prints `ready`, and writes until its standard input is closed; then prints `Paced` as a line
of JSON.
"""

import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import median

from backend.db import attempts, events, records, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from benchmarks.store.write import RUNS, STEPS_PER_EPOCH, values_of
from benchmarks.ui.lab import opened, register, started
from skiplab.contract.jobs import RENEW_SECONDS

LONGEST = 1000
"""Epochs of a run: none ends while it is measured."""


@dataclass(frozen=True)
class Paced:
    call_ms: float  # median over the transactions
    per_second: float  # as reached
    commits: list[tuple[int, float]]
    """Id of the newest event of each transaction, and when it was committed (`time.monotonic`, which all processes of
    a machine share)."""


class Writer:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker = register(database, slots=RUNS)
        with database.write() as session:
            self._claims = started(session, self._worker, range(RUNS), epochs=LONGEST)

    def write(self, rate: float, ended: threading.Event) -> Paced:
        seconds: list[float] = []
        commits: list[tuple[int, float]] = []
        began = renewed = time.monotonic()
        for number in count():
            if ended.wait(max(0.0, began + number / rate - time.monotonic())):
                break
            seconds.append(self._epoch(self._claims[number % RUNS], number // RUNS + 1))
            now = time.monotonic()
            commits.append((self._newest_event(), now))
            if now - renewed > RENEW_SECONDS:
                self._renew()
                renewed = now
        return Paced(1000 * median(seconds), len(seconds) / (time.monotonic() - began), commits)

    def _epoch(self, claim: Claim, epoch: int) -> float:
        """Return the seconds that the transaction took."""
        record = EpochRecord(epoch=epoch, step=epoch * STEPS_PER_EPOCH, values=values_of(claim.run_id, epoch))
        began = time.perf_counter()
        with self._database.write() as session:
            records.epoch(session, claim.run_id, claim.attempt, record)
        return time.perf_counter() - began

    def _newest_event(self) -> int:
        with self._database.read() as session:
            return events.latest_id(session)

    def _renew(self) -> None:
        with self._database.write() as session:
            workers.beat(session, self._worker)
            for claim in self._claims:
                attempts.renew(session, claim.run_id, claim.attempt)


def main() -> None:
    home, rate = Path(sys.argv[1]), float(sys.argv[2])
    ended = threading.Event()
    with opened(home) as database:
        writer = Writer(database)
        print("ready", flush=True)
        threading.Thread(target=_wait_for_end, args=[ended], daemon=True).start()
        paced = writer.write(rate, ended)
    print(json.dumps(asdict(paced)))


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
