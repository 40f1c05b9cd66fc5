"""Write the values of many runs, epoch by epoch, with this checkout or another one.

    python benchmarks/store/write.py lab HOME [EPOCHS]      as a trainer does: one transaction per epoch
    python benchmarks/store/write.py server URL [EPOCHS]    the same into an empty PostgreSQL database
    python benchmarks/store/write.py raw FILE [EPOCHS]      the same values with sqlite3 alone

Prints `Written` as a line of JSON.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path.cwd()))  # the measured checkout, which may be another one than this file's

if TYPE_CHECKING:
    from backend.db.attempts import Claim
    from backend.db.database import Database

RUNS, EPOCHS = 20, 200
STEPS_PER_EPOCH = 391
KEYS = ("train/loss", "train/accuracy", "test/loss", "test/accuracy", "lr", "time/epoch")


@dataclass(frozen=True)
class Written:
    call_ms: float  # median over the transactions
    cpu_seconds: float  # of all of them
    bytes: int  # by which the closed file has grown


def main() -> None:
    write = {"lab": write_lab, "server": write_server, "raw": write_raw}[sys.argv[1]]
    epochs = int(sys.argv[3]) if len(sys.argv) > 3 else EPOCHS
    print(json.dumps(asdict(write(sys.argv[2], epochs))))


def write_lab(home: str, epochs: int) -> Written:
    from benchmarks.ui.lab import opened

    file = Path(home) / "skiplab.db"
    with opened(Path(home)) as database:
        claims = _started(database, epochs)
    # Closed in between: an open database has a log beside it.
    empty = file.stat().st_size
    with opened(Path(home)) as database:
        times, cpu = _timed(_writer(database, claims), epochs)
    return Written(1000 * median(times), cpu, file.stat().st_size - empty)


def write_server(url: str, epochs: int) -> Written:
    from benchmarks.ui.lab import on_server

    with on_server(url) as database:
        claims = _started(database, epochs)
        empty = _size_on_server(database)
        times, cpu = _timed(_writer(database, claims), epochs)
        return Written(1000 * median(times), cpu, _size_on_server(database) - empty)


def write_raw(file: str, epochs: int) -> Written:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE point (run INTEGER, key INTEGER, step INTEGER, value REAL, PRIMARY KEY (run, key, step))"
            " WITHOUT ROWID"
        )

        def write(run: int, epoch: int) -> None:
            step, values = epoch * STEPS_PER_EPOCH, values_of(run, epoch).values()
            connection.execute("BEGIN IMMEDIATE")
            rows = [(run, key, step, value) for key, value in enumerate(values)]
            connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", rows)
            connection.execute("COMMIT")

        times, cpu = _timed(write, epochs)
    return Written(1000 * median(times), cpu, Path(file).stat().st_size)


def _started(database: "Database", epochs: int) -> "list[Claim]":
    from benchmarks.ui.lab import register, started

    worker = register(database, slots=RUNS)
    with database.write() as session:
        return started(session, worker, range(RUNS), epochs=epochs)


def _writer(database: "Database", claims: "Sequence[Claim]") -> Callable[[int, int], None]:
    from backend.db import records
    from backend.db.records import EpochRecord

    def write(run: int, epoch: int) -> None:
        record = EpochRecord(epoch=epoch, step=epoch * STEPS_PER_EPOCH, values=values_of(run, epoch))
        with database.write() as session:
            records.epoch(session, claims[run].run_id, claims[run].attempt, record)

    return write


def _size_on_server(database: "Database") -> int:
    with database.read() as session:
        found: int = session.connection().exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return found


def _timed(write: Callable[[int, int], None], epochs: int) -> tuple[list[float], float]:
    """Return the seconds of every call, and the CPU seconds of all."""
    times = []
    cpu = time.process_time()
    for epoch in range(1, epochs + 1):
        for run in range(RUNS):
            began = time.perf_counter()
            write(run, epoch)
            times.append(time.perf_counter() - began)
    return times, time.process_time() - cpu


def values_of(run: int, epoch: int) -> dict[str, float]:
    return {key: 1 / (epoch + run + place + 1) for place, key in enumerate(KEYS)}


if __name__ == "__main__":
    main()
