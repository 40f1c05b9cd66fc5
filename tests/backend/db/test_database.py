"""Transactions: whole or not at all, and waiting instead of failing."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlmodel import select

from backend.db import submissions
from backend.db.commit_signal import commit_signal
from backend.db.database import (
    BUSY_SECONDS,
    WRITERS,
    Database,
    DatabaseBusy,
    DatabaseUnusable,
    NumberTooLarge,
)
from backend.db.migration import is_current, migrate
from backend.db.revisions import NewerDatabase
from backend.db.tables import ExperimentTable, RunTable
from skiplab.contract.spec import RunSpec
from tests.databases import BOTH
from tests.lab import until


@BOTH
def test_a_failed_transaction_leaves_nothing(database: Database, spec: Callable[..., RunSpec]) -> None:
    def half() -> None:
        with database.write() as session:
            submissions.add(session, spec(), name="a run")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half()

    with database.read() as session:
        assert session.exec(select(RunTable)).all() == []


@BOTH
def test_read_modify_write_from_two_sides_loses_nothing(database: Database, spec: Callable[..., RunSpec]) -> None:
    with database.write() as session:
        submissions.add(session, spec(), name="a run")

    def count_up() -> None:
        for _ in range(100):
            with database.write() as session:
                row = session.get_one(RunTable, 1)
                row.lease += 1

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as session:
        assert session.get_one(RunTable, 1).lease == 200


def test_a_full_disk_raises_database_unusable_until_there_is_room(
    database: Database, spec: Callable[..., RunSpec]
) -> None:
    with database.engine.connect() as connection:
        limit = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill() -> None:
        with database.write() as session:
            session.connection().exec_driver_sql(f"PRAGMA max_page_count = {limit}")
            for _ in range(1000):
                submissions.add(session, spec(), name="a run " * 100)

    with pytest.raises(DatabaseUnusable, match=r"skiplab\.db cannot be used: database or disk is full"):
        fill()

    with database.write() as session:
        session.connection().exec_driver_sql("PRAGMA max_page_count = 100000")
        submissions.add(session, spec(), name="a run")
    with database.read() as session:
        assert len(session.exec(select(RunTable)).all()) == 1


@BOTH
def test_a_number_beyond_64_bits_raises_number_too_large(database: Database) -> None:
    with pytest.raises(NumberTooLarge), database.read() as session:
        session.get(RunTable, 1 << 64)


def test_a_write_lock_held_too_long_raises_database_busy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'busy.db'}", busy_seconds=0.1)
    migrate(database)
    holder = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseBusy, match="locked by another process"), database.write() as session:
        session.exec(select(RunTable)).all()
    with database.read() as session:
        assert session.exec(select(RunTable)).all() == []

    holder.close()
    database.close()


@BOTH
def test_waiting_writers_block_no_reader(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.db.database.WRITER_SLOT_SECONDS", 0.3)
    outcomes: list[str] = []

    def write() -> None:
        try:
            with database.write() as session:
                session.add(ExperimentTable(name="new"))
            outcomes.append("kept")
        except DatabaseBusy:
            outcomes.append("busy")

    def seconds_to_read() -> float:
        began = time.monotonic()
        with database.read() as session:
            session.exec(select(ExperimentTable)).all()
        return time.monotonic() - began

    def told_after_a_read() -> int:
        took.append(seconds_to_read())
        return len(outcomes)

    threads = [threading.Thread(target=write) for _ in range(20)]
    with closing(Database(database.url)) as other, other.write() as session:
        session.connection()
        for thread in threads:
            thread.start()
        took = [seconds_to_read()]
        until(told_after_a_read, lambda count: count == 20 - WRITERS, seconds=60)
        assert max(took) < BUSY_SECONDS / 2
    for thread in threads:
        thread.join()

    assert outcomes == ["busy"] * (20 - WRITERS) + ["kept"] * WRITERS
    with database.read() as session:
        assert len(session.exec(select(ExperimentTable)).all()) == WRITERS


@BOTH
def test_an_exhausted_connection_pool_raises_database_busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.1)
    with ExitStack() as readers:
        for _ in range(15):
            readers.enter_context(database.read()).connection()
        with pytest.raises(DatabaseBusy, match="All connections"), database.read() as session:
            session.connection()


def test_a_commit_of_another_connection_is_noticed_once(database: Database, spec: Callable[..., RunSpec]) -> None:
    signal = commit_signal(database)
    with database.write() as session:
        submissions.add(session, spec(), name="a run")

    assert [signal.changed(), signal.changed()] == [True, False]

    signal.close()


@BOTH
def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)

    assert is_current(database)


def test_a_missing_database_is_not_current_and_is_not_created(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none.db'}")

    assert not is_current(database)
    assert not (tmp_path / "none.db").exists()


@BOTH
def test_a_database_of_a_later_version_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(NewerDatabase, match="revision 9999"):
        migrate(database)


@BOTH
def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlmodel import SQLModel

    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
