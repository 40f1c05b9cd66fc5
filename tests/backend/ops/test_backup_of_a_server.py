"""Backups of a PostgreSQL database, and the doctor's check of the server."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from backend.db import artifacts, dumps, revisions, submissions
from backend.db.artifacts import NewArtifact
from backend.db.copies import DatabaseInUse
from backend.db.database import Database
from backend.db.dumps import CannotDump
from backend.db.migration import migrate
from backend.db.revisions import NewerDatabase
from backend.db.tables import ExperimentTable, RunTable
from backend.ops.archive import BadBackup
from backend.ops.backup import back_up
from backend.ops.check_result import CheckResult
from backend.ops.doctor import examine
from backend.ops.restore import restore
from backend.settings import Settings
from backend.supervisor.start import CannotStart, check_database
from skiplab.contract.spec import RunSpec


@pytest.fixture
def database(new_database: Callable[[], str]) -> Iterator[Database]:
    with closing(Database(new_database())) as database:
        yield database


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "lab.zip"


def names(database: Database) -> list[str]:
    with database.read() as session:
        found = list(session.exec(select(RunTable.name).order_by(RunTable.name)))
    database.close()
    return found


def add(database: Database, name: str) -> None:
    with database.write() as session:
        submissions.add(session, RunSpec(model="cnn", dataset="digits"), name=name)
    database.close()


def database_check(database: Database, home: Path) -> CheckResult:
    return next(examine(Settings(home=home, database_url=database.url)))


def test_a_backup_holds_one_moment_and_comes_back_with_its_files(
    database: Database, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    checkpoint = tmp_path / "runs" / str(queued()) / "attempt-1" / "checkpoint-1.safetensors"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"weights")
    path, digest = str(checkpoint.relative_to(tmp_path / "runs")), hashlib.sha256(b"weights").hexdigest()
    with database.write() as session:
        artifacts.add(session, 1, 1, NewArtifact("checkpoint", path, 1, 1, 7, digest))

    with database.write() as writing:
        writing.add(ExperimentTable(name="not committed yet"))
        writing.flush()
        made = back_up(database, tmp_path, backup, checkpoints=True)
    add(database, "later")
    checkpoint.unlink()
    done = restore(backup, database, tmp_path)

    assert (made.card.runs, [each.path for each in made.card.files], made.missing) == (1, [path], [])
    assert (done.runs, done.files, done.missing) == (1, 1, 0)
    assert checkpoint.read_bytes() == b"weights"
    with database.read() as session:
        assert session.exec(select(ExperimentTable)).all() == []
    assert names(database) == ["a run"]
    add(database, "ids go on from where they were")
    assert done.aside is not None
    assert restore(done.aside, database, tmp_path).runs == 2
    assert names(database) == ["a run", "later"]


def test_a_server_that_the_lab_uses_is_not_replaced(database: Database, backup: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path, backup)
    with (
        closing(Database(database.url)) as of_a_worker,
        of_a_worker.read(),
        pytest.raises(DatabaseInUse, match="on every host"),
    ):
        restore(backup, database, tmp_path)


def test_a_backup_of_another_kind_of_database_is_refused(database: Database, backup: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path, backup)
    with (
        closing(Database(f"sqlite:///{tmp_path / 'skiplab.db'}")) as file,
        pytest.raises(BadBackup, match=r"contains a PostgreSQL database, but SQLite is configured"),
    ):
        restore(backup, file, tmp_path)


def test_a_database_of_a_later_version_is_refused_by_start_restore_and_doctor(
    database: Database, backup: Path, tmp_path: Path
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    back_up(database, tmp_path, backup)

    with pytest.raises(NewerDatabase, match=r"in .*lab\.zip is at revision 9999"):
        restore(backup, database, tmp_path)
    with pytest.raises(CannotStart, match="revision 9999"):
        check_database(Settings(home=tmp_path, database_url=database.url))
    assert database_check(database, tmp_path).advice == "Upgrade Skiplab."


def test_an_upgrade_keeps_a_dump_of_what_was_there_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, "of old")
    # As a newer code would, for which this revision is not the last.
    monkeypatch.setattr(revisions, "head", lambda: "a later one")

    migrate(database, copies_in=tmp_path / "backups")

    (copy,) = (tmp_path / "backups").glob("before-upgrade-from-*.dump")
    add(database, "of today")
    assert restore(copy, database, tmp_path).runs == 1
    assert names(database) == ["of old"]


def test_without_its_programs_there_is_no_backup_and_the_doctor_says_so(
    database: Database, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotDump, match="pg_dump is not installed: install"):
        back_up(database, tmp_path, backup)

    assert not backup.exists()
    assert "pg_dump" in str(database_check(database, tmp_path).advice)


def test_the_doctor_counts_what_a_sound_server_holds(database: Database, tmp_path: Path) -> None:
    add(database, "a run")

    result = database_check(database, tmp_path)

    assert "1 runs, revision 0" in result.message
    assert not result.wrong


def test_an_unreachable_server_is_reported_without_its_password(tmp_path: Path) -> None:
    result = next(examine(Settings(home=tmp_path, database_url="postgresql+psycopg://lab:hidden@127.0.0.1:1/lab")))

    assert result.advice == "Start the server, or correct SKIPLAB_DATABASE_URL."
    assert "hidden" not in result.message
