"""The numbers of metric keys, which connections remember."""

from contextlib import suppress

from backend.db import metrics
from backend.db.column_types import utc_now
from backend.db.database import Database, Session
from backend.db.metrics import Point
from tests.backend.db.attempted import Queue
from tests.databases import BOTH

pytestmark = BOTH


class Interrupted(Exception):
    pass


def store(session: Session, run_id: int, values: dict[str, float], *, step: int) -> None:
    now = utc_now()
    metrics.store(session, [Point.of(run_id, key, step, step, now, value) for key, value in values.items()])


def stored(database: Database, run_id: int) -> dict[str, list[float | None]]:
    with database.read() as session:
        return {series.key: list(series.value) for series in metrics.of_runs(session, [run_id])}


def test_a_key_whose_transaction_failed_gives_its_number_to_no_other_key(database: Database, queued: Queue) -> None:
    run_id = queued()
    with suppress(Interrupted), database.write() as session:
        store(session, run_id, {"first": 1.0}, step=1)
        store(session, run_id, {"first": 2.0, "second": 2.0}, step=2)
        raise Interrupted

    with database.write() as session:
        store(session, run_id, {"other": 3.0}, step=1)
    with database.write() as session:
        store(session, run_id, {"first": 4.0, "other": 4.0}, step=2)
        store(session, run_id, {"second": 5.0}, step=2)
        store(session, run_id, {"second": 6.0, "first": 6.0}, step=3)

    assert stored(database, run_id) == {"first": [4.0, 6.0], "other": [3.0, 4.0], "second": [5.0, 6.0]}


def test_a_key_that_another_process_has_stored_is_read(database: Database, queued: Queue) -> None:
    run_id, other = queued(), Database(database.url)
    try:
        with database.write() as session:
            store(session, run_id, {"first": 1.0}, step=1)
        with other.write() as session:
            store(session, run_id, {"second": 1.0}, step=1)
        with database.write() as session:
            store(session, run_id, {"first": 2.0, "second": 2.0}, step=2)
    finally:
        other.close()

    assert stored(database, run_id) == {"first": [1.0, 2.0], "second": [1.0, 2.0]}
