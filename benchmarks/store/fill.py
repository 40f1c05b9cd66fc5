"""Fill a lab with many finished runs: some as trainers write them, the rest as copies of these.

The copies are made by INSERT ... SELECT inside the database: two million epochs, written one by one, take an hour.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, func, literal, select, update
from sqlmodel import Session, SQLModel, col

from backend.db import attempts, records, workers
from backend.db.database import Database
from backend.db.dialects import core
from backend.db.records import EpochRecord
from backend.db.tables import CounterTable, EventTable, RunTable, utc_now
from benchmarks.store.write import STEPS_PER_EPOCH, values_of
from benchmarks.ui.lab import opened, register, started

CHUNK = 25
"""Runs per transaction; a single one would hold a gigabyte of rows in memory."""

COPIES_WITH_EVENTS = 10
"""The newest copies: events are kept for a week, values for ever."""

EXPIRED = timedelta(days=8)


def fill(home: Path, *, runs: int, epochs: int) -> None:
    """Write finished runs into a new lab."""
    with opened(home) as database:
        _write(database, runs=runs, epochs=epochs)


def multiply(home: Path, *, runs: int, copies: int) -> None:
    """Copy the runs of a lab filled with `runs` until there are `copies` times as many."""
    with opened(home) as database:
        for number in range(1, copies):
            with database.write() as session:
                _copy(session, runs=runs, shift=number * runs, with_events=number >= copies - COPIES_WITH_EVENTS)
        with database.write() as session:
            _expire_half_of_events(session)


def _write(database: Database, *, runs: int, epochs: int) -> None:
    worker = register(database, slots=CHUNK)
    for first in range(0, runs, CHUNK):
        with database.write() as session:
            for claim in started(session, worker, range(first, min(first + CHUNK, runs)), epochs=epochs):
                for epoch in range(1, epochs + 1):
                    values = values_of(claim.run_id, epoch)
                    record = EpochRecord(epoch=epoch, step=epoch * STEPS_PER_EPOCH, values=values)
                    records.epoch(session, claim.run_id, claim.attempt, record)
                attempts.finish(session, claim.run_id, claim.attempt)
    with database.write() as session:
        workers.leave(session, worker)


def _copy(session: Session, *, runs: int, shift: int, with_events: bool) -> None:
    """Copy the first `runs` runs and all rows that refer to them, to ids that are larger by `shift`."""
    run, event = core(RunTable), core(EventTable)
    _insert_copies(session, run, {"id": run.c.id + shift}, run.c.id <= runs)
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is run.c.id:
                _insert_copies(session, table, {key.parent.name: key.parent + shift}, key.parent <= runs)
    if with_events:
        moved = {"run_id": event.c.run_id + shift, "payload": _payload_of_copy(event, shift)}
        _insert_copies(session, event, moved, (event.c.run_id <= runs) & event.c.subject.is_(None))
    of_runs = col(CounterTable.name) == RunTable.__tablename__
    session.execute(update(CounterTable).where(of_runs).values(last=shift + runs))


def _insert_copies(
    session: Session, table: Table, changed: dict[str, ColumnElement[Any]], which: ColumnElement[bool]
) -> None:
    """`changed`: expressions of columns that differ in the copies. A generated id is assigned anew."""
    generated = table.autoincrement_column
    names = [column.name for column in table.columns if column is not generated or column.name in changed]
    copies = select(*(changed.get(name, table.c[name]) for name in names)).where(which)
    session.execute(table.insert().from_select(names, copies))


def _payload_of_copy(event: Table, shift: int) -> ColumnElement[str]:
    """Events of values name their run, those of runs do not."""
    before, after = (
        literal('"run":') + cast(run_id, String) + literal(",") for run_id in (event.c.run_id, event.c.run_id + shift)
    )
    return func.replace(event.c.payload, before, after)


def _expire_half_of_events(session: Session) -> None:
    """Let the older half be due for deletion, so that the housekeeper is at work while the lab is measured."""
    event = core(EventTable)
    half = session.execute(select(func.max(event.c.id) / 2)).scalar_one()
    session.execute(update(event).where(event.c.id <= half).values(created_at=utc_now() - EXPIRED))
