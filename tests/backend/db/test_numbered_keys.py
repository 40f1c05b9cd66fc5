"""The upgrade that gives metric keys numbers, also when it is killed in the middle."""

import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.db import events
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.migration import is_current, migrate
from backend.db.progress import Progress, UpgradeStopped
from backend.db.room import NoRoom
from tests.backend.db.revisions import at_revision, insert
from tests.points import points_of

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


def test_an_upgrade_that_is_killed_while_it_copies_values_starts_again(old: Database, tmp_path: Path) -> None:
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    child = spawn.Process(target=upgrade_and_wait, args=(old.url, tmp_path / "backups", there))
    child.start()
    assert here.poll(60)
    assert here.recv() == "metric values, 4 of 4 (100%)"
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert not is_current(old)

    migrate(old, copies_in=tmp_path / "backups")

    assert stored(old) == POINTS


def upgrade_and_wait(url: str, copies_in: Path, parent: Connection) -> None:
    """Upgrade until the first values are copied, and wait there to be killed."""

    class Waiting(Progress):
        def advance(self, rows: int) -> None:
            super().advance(rows)
            parent.send(str(self.step))
            threading.Event().wait()

    migrate(Database(url), copies_in=copies_in, progress=Waiting())


def test_an_upgrade_reports_the_rows_of_each_step(old: Database, tmp_path: Path) -> None:
    reported: list[str] = []

    class Recorded(Progress):
        def advance(self, rows: int) -> None:
            super().advance(rows)
            reported.append(str(self.step))

    migrate(old, copies_in=tmp_path / "backups", progress=Recorded())

    # PostgreSQL converts events in one statement.
    of_events = ["events, 1 of 1 (100%)"] if old.file else []
    assert reported == ["metric values, 4 of 4 (100%)", *of_events]


def test_an_upgrade_that_is_stopped_changes_nothing_and_leaves_no_copy(old: Database, tmp_path: Path) -> None:
    class Stopped(Progress):
        def advance(self, rows: int) -> None:
            self.stop()
            super().advance(rows)

    with pytest.raises(UpgradeStopped):
        migrate(old, copies_in=tmp_path / "backups", progress=Stopped())

    assert list((tmp_path / "backups").iterdir()) == []
    migrate(old, copies_in=tmp_path / "backups")
    assert stored(old) == POINTS


def test_without_room_for_the_copy_nothing_is_upgraded(old: Database, tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match=r"from revision 0020 to .* for a (copy|dump) in .*but 1 bytes are free"):
        migrate(old, copies_in=tmp_path / "backups", free=lambda _: 1)

    assert not is_current(old)


def stored(database: Database) -> list[Point]:
    with database.read() as session:
        assert session.connection().execute(sa.text("SELECT count(*) FROM metric_key")).scalar_one() == 2
        return points_of(session, [7, 8])
