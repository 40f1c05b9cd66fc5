"""One writer in a process of its own, of this checkout or of another one.

    python benchmarks/store/write.py lab HOME
    python benchmarks/store/write.py raw FILE

prints one line of JSON: `Written`. `lab` writes epochs as a worker does, `raw` the same points with sqlite3 alone.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path.cwd()))  # the checkout that is measured: this file may be another one's

RUNS, EPOCHS = 20, 200
STEPS_PER_EPOCH = 391
KEYS = ("train/loss", "train/accuracy", "test/loss", "test/accuracy", "lr", "time/epoch")


@dataclass(frozen=True)
class Written:
    """What the same runs, keys and epochs cost."""

    call_ms: float  # median of an epoch's transaction
    cpu_seconds: float  # of all epochs
    bytes: int  # on disk, once the file is closed


def main() -> None:
    write = {"lab": write_lab, "raw": write_raw}[sys.argv[1]]
    print(json.dumps(asdict(write(Path(sys.argv[2])))))


def write_lab(home: Path) -> Written:
    from backend.db import records
    from backend.db.records import EpochRecord
    from benchmarks.ui.lab import opened, register, started

    file = home / "skiplab.db"
    with opened(home) as database:
        worker = register(database, slots=RUNS)
        with database.write() as session:
            claims = started(session, worker, range(RUNS), epochs=EPOCHS)
        empty = _bytes(file)

        def write(run: int, epoch: int) -> None:
            record = EpochRecord(epoch=epoch, step=epoch * STEPS_PER_EPOCH, values=_values(run, epoch))
            with database.write() as session:
                records.epoch(session, claims[run].run_id, claims[run].attempt, record)

        times, cpu = _timed(write)
    return Written(1000 * median(times), cpu, _bytes(file) - empty)


def write_raw(file: Path) -> Written:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE point (run INTEGER, key INTEGER, step INTEGER, value REAL, PRIMARY KEY (run, key, step))"
            " WITHOUT ROWID"
        )

        def write(run: int, epoch: int) -> None:
            step, values = epoch * STEPS_PER_EPOCH, _values(run, epoch).values()
            connection.execute("BEGIN IMMEDIATE")
            rows = [(run, key, step, value) for key, value in enumerate(values)]
            connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", rows)
            connection.execute("COMMIT")

        times, cpu = _timed(write)
    return Written(1000 * median(times), cpu, _bytes(file))


def _timed(write: Callable[[int, int], None]) -> tuple[list[float], float]:
    times = []
    cpu = time.process_time()
    for epoch in range(1, EPOCHS + 1):
        for run in range(RUNS):
            began = time.perf_counter()
            write(run, epoch)
            times.append(time.perf_counter() - began)
    return times, time.process_time() - cpu


def _values(run: int, epoch: int) -> dict[str, float]:
    return {key: 1 / (epoch + run + place + 1) for place, key in enumerate(KEYS)}


def _bytes(file: Path) -> int:
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


if __name__ == "__main__":
    main()
