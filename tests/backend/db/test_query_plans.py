"""Lists of a lab with many runs read no more rows than they show. Of SQLite, whose plans do not depend on the data."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from backend.db import events, retention, run_queue, run_search, runs
from backend.db.database import Database
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Status

Work = Callable[[Session], object]


def plans(database: Database, work: Work) -> list[str]:
    """Return the steps of the plans of all statements."""
    statements: list[tuple[str, Any]] = []

    def add(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    with database.read() as session:
        event.listen(database.engine, "before_cursor_execute", add)
        try:
            work(session)
        finally:
            event.remove(database.engine, "before_cursor_execute", add)
        connection = session.connection()
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given) for sql, given in statements]
        return [row.detail for plan in explained for row in plan]


def page_of(sort: str, **filters: Any) -> Work:
    return lambda session: run_search.page(
        session, run_search.search(archived=False, **filters), sort=sort, after_id=None, limit=100
    )


def count_of(**filters: Any) -> Work:
    return lambda session: run_search.count(session, run_search.search(**filters))


@pytest.mark.parametrize(
    "work",
    [
        count_of(),
        count_of(archived=False),
        count_of(archived=False, kind=[RunKind.LAB]),
        count_of(archived=False, status=[Status.FINISHED, Status.FAILED]),
        runs.count_by_status,
        run_queue.ids,
        run_queue.next_one,
        lambda session: run_queue.places(session, [1, 2]),
    ],
)
def test_runs_are_counted_and_queued_without_reading_their_rows(database: Database, work: Work) -> None:
    steps = plans(database, work)

    assert steps
    reading = [step for step in steps if step.startswith(("SCAN run", "SEARCH run"))]
    assert all("COVERING INDEX" in step for step in reading), steps


@pytest.mark.parametrize(
    "work",
    [
        events.latest_id,
        events.oldest_id,
        lambda session: events.since(session, after=3),
        runs.count_stalled,
        runs.held_by_workers,
    ],
)
def test_newest_rows_are_found_without_sorting_the_others(database: Database, work: Work) -> None:
    steps = plans(database, work)

    assert steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


@pytest.mark.parametrize("work", [page_of("-id"), page_of("id"), page_of("-id", status=[Status.FINISHED])])
def test_rows_of_a_page_are_reached_by_their_ids(database: Database, work: Work) -> None:
    steps = plans(database, work)

    reading = [step for step in steps if step.startswith(("SCAN run", "SEARCH run"))]
    assert sum("INTEGER PRIMARY KEY (rowid=?)" in step for step in reading) == 1, steps
    assert sum("COVERING INDEX" in step for step in reading) == 1, steps
    assert len(reading) == 2, steps


def test_step_losses_are_counted_run_by_run(database: Database) -> None:
    steps = plans(database, lambda session: retention.runs_with_many_points(session, more_than=10))

    assert any(step.startswith("SEARCH metric") for step in steps), steps
    assert not any(step.startswith("SCAN metric") for step in steps), steps
