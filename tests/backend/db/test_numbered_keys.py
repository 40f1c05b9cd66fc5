"""The upgrade that gives metric keys numbers, also when it is killed in the middle."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from backend.db import events
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.migration import is_current, migrate
from tests.backend.db.revisions import at_revision, insert
from tests.points import points_of

KILLED = 9
TIME = datetime(2026, 11, 30, 12, 30, 15, 250, tzinfo=UTC)
POINTS = [
    Point(7, "test/accuracy", 10, 1, TIME, 0.5, None),
    Point(7, "train/loss", 10, 1, TIME, None, "nan"),
    Point(7, "train/loss", 20, 2, TIME + timedelta(seconds=1), 1.25, None),
    Point(8, "train/loss", 10, 1, TIME, 2.5, None),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with at_revision("0020", request, tmp_path) as database:
        with database.engine.begin() as connection:
            for run_id in (7, 8):
                insert(connection, "run", id=run_id)
            for point in POINTS:
                insert(connection, "metric", **{**point._asdict(), "time": point.time.replace(tzinfo=None)})
            insert(connection, "event", type="log", payload="{}", created_at=TIME.replace(tzinfo=None))
        yield database


def test_values_keep_their_key_and_events_their_time(old: Database, tmp_path: Path) -> None:
    migrate(old, copies_in=tmp_path / "backups")

    assert stored(old) == POINTS
    with old.read() as session:
        assert events.latest_time(session) == TIME


def test_an_upgrade_that_is_killed_in_the_middle_starts_again(old: Database, tmp_path: Path) -> None:
    child = get_context("spawn").Process(target=upgrade_and_die, args=(old.url, tmp_path / "backups"))
    child.start()
    child.join(60)
    assert child.exitcode == KILLED
    assert not is_current(old)

    migrate(old, copies_in=tmp_path / "backups")

    assert stored(old) == POINTS


def upgrade_and_die(url: str, copies_in: Path) -> None:
    database = Database(url)

    @event.listens_for(database.engine, "before_cursor_execute")
    def die(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "DROP TABLE metric" in statement:
            os._exit(KILLED)

    migrate(database, copies_in=copies_in)


def stored(database: Database) -> list[Point]:
    with database.read() as session:
        assert session.connection().execute(sa.text("SELECT count(*) FROM metric_key")).scalar_one() == 2
        return points_of(session, [7, 8])
