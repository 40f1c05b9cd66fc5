"""Time the upgrade of a database of revision 0020, which kept every value with its key and every event with its run.

    python -m benchmarks.store.upgrade [VALUES] [--postgresql]

Prints `Upgraded` as a line of JSON.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from backend.db.database import Database
from backend.db.migration import migrate
from tests.backend.db.revisions import insert, move
from tests.postgres import running_server

BEFORE = "0020"
VALUES = 1_000_000
RUNS = 100
KEYS = ("train/loss", "train/accuracy", "test/loss", "test/accuracy", "lr", "time/epoch")

METRICS_BYTES, RUN_BYTES = 400, 2_600
"""Size of the two events that an epoch left: its values, and its run as JSON."""

COUNTED = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :epochs)"
# In the order in which they were written: runs that trained at the same time, epoch by epoch.
FILL_METRIC = f"""
INSERT INTO metric (run_id, key, step, epoch, time, value)
{COUNTED}, named(key) AS (SELECT * FROM (VALUES {", ".join(f"('{key}')" for key in KEYS)}) AS keys)
SELECT run.id, named.key, n * 391, n, :time, 1.0 / n FROM counted, run, named ORDER BY n, run.id
"""
FILL_EVENT = f"""
INSERT INTO event (type, run_id, payload, created_at)
{COUNTED}, sent(type, payload) AS (SELECT 'metrics', :metrics UNION ALL SELECT 'run', :run)
SELECT sent.type, run.id, sent.payload, :time FROM counted, run, sent ORDER BY n, run.id
"""
TIME = "2026-11-30 12:30:15.000250"


@dataclass(frozen=True)
class Upgraded:
    values: int
    seconds: float  # with the copy
    bytes_before: int
    bytes_copy: int
    bytes_grown: int  # of the file and its log, at the end of the upgrade; 0 for PostgreSQL


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store.upgrade", description=__doc__)
    parser.add_argument("values", type=int, nargs="?", default=VALUES)
    parser.add_argument("--postgresql", action="store_true", help="on a temporary server, without fsync")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database(Path(folder), postgresql=given.postgresql) as database:
        fill(database, given.values)
        print(json.dumps(asdict(upgraded(database, Path(folder)))))


def fill(database: Database, values: int) -> None:
    """Create a database of revision 0020 with at least that many values, none of whose events was deleted yet."""
    move(database, BEFORE)
    epochs = -(-values // (RUNS * len(KEYS)))
    is_text = database.file is not None  # SQLite has times as text
    given: dict[str, Any] = {"epochs": epochs, "time": TIME}
    given |= {"metrics": "m" * METRICS_BYTES, "run": "r" * RUN_BYTES}
    with database.engine.begin() as connection:
        for run_id in range(1, RUNS + 1):
            insert(connection, "run", id=run_id, status="finished", tags=[])
        for statement in (FILL_METRIC, FILL_EVENT):
            text = statement if is_text else statement.replace(":time", "CAST(:time AS timestamp)")
            named = {key: value for key, value in given.items() if f":{key}" in statement}
            connection.execute(sa.text(text), named)
    # Empties the log of SQLite.
    database.close()


def upgraded(database: Database, folder: Path) -> Upgraded:
    """Upgrade, as a backend does at its start."""
    with database.read() as session:
        values = int(session.connection().exec_driver_sql("SELECT count(*) FROM metric").scalar_one())
    before = _bytes(database)
    began = time.perf_counter()
    migrate(database, copies_in=folder / "backups")
    seconds = time.perf_counter() - began
    (copy,) = (folder / "backups").iterdir()
    return Upgraded(values, seconds, before, copy.stat().st_size, _bytes(database) - before)


def _bytes(database: Database) -> int:
    """Return the size of the file and of its log, which keeps its size until the next transaction."""
    if database.file is None:
        return 0
    log = database.file.with_name(f"{database.file.name}-wal")
    return sum(file.stat().st_size for file in (database.file, log) if file.exists())


@contextmanager
def _database(folder: Path, *, postgresql: bool) -> Iterator[Database]:
    if not postgresql:
        with closing(Database(f"sqlite:///{folder / 'skiplab.db'}")) as database:
            yield database
        return
    with running_server() as server, closing(Database(server.create())) as database:
        yield database


if __name__ == "__main__":
    main()
