"""Backup to one file, and restore."""

import errno
import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from backend.db import artifacts, runs
from backend.db.artifacts import NewArtifact
from backend.db.copies import DatabaseDamaged, DatabaseInUse
from backend.db.database import Database
from backend.db.revisions import NewerDatabase
from backend.db.tables import ExperimentTable
from backend.ops import backup as backups
from backend.ops import restore as restores
from backend.ops.archive import BadBackup
from backend.ops.backup import CannotBackUp, Made
from backend.ops.restore import Restored
from backend.supervisor.start import CannotStart, locked
from skiplab.contract import places

PAGE = 4096


@pytest.fixture
def file(database: Database) -> Path:
    assert database.file is not None
    return database.file


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "lab.zip"


def keep_file(database: Database, home: Path, run_id: int, *, step: int) -> Path:
    """A checkpoint, on the disk and in the database."""
    path = f"{run_id}/attempt-1/checkpoint-{step}.safetensors"
    whole = home / "runs" / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(b"weights" * step)
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()
    with database.write() as session:
        artifacts.add(session, run_id, 1, NewArtifact("checkpoint", path, 1, step, whole.stat().st_size, digest))
    return whole


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM run ORDER BY id")]


def back_up(file: Path, home: Path, to: Path, *, checkpoints: bool = False) -> Made:
    with closing(Database(f"sqlite:///{file}")) as database:
        return backups.back_up(database, home, to, checkpoints=checkpoints)


def restore(backup: Path, file: Path, home: Path) -> Restored:
    with closing(Database(f"sqlite:///{file}")) as database:
        return restores.restore(backup, database, home)


def damage(file: Path) -> None:
    """Overwrite the pages after the first, as a failing disk would."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(PAGE)
        opened.write(b"\xa5" * (size - PAGE))


def test_a_backup_holds_what_is_committed_while_others_read_and_write(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    queued()
    with database.read() as reading, database.write() as writing:
        assert len(runs.held_by_workers(reading)) == 0
        writing.add(ExperimentTable(name="not committed yet"))
        made = back_up(file, tmp_path, backup)
    queued()

    assert (made.card.runs, made.card.files, made.missing) == (1, [], [])
    restore(backup, tmp_path / "other" / "skiplab.db", tmp_path / "other")
    assert names(tmp_path / "other" / "skiplab.db") == ["a run"]
    with closing(sqlite3.connect(tmp_path / "other" / "skiplab.db")) as restored:
        assert restored.execute("SELECT count(*) FROM experiment").fetchone() == (0,)


def test_with_checkpoints_the_files_of_runs_go_along(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    checkpoint = keep_file(database, tmp_path, queued(), step=72)
    content = checkpoint.read_bytes()

    assert [each.path for each in back_up(file, tmp_path, backup, checkpoints=True).card.files] == [
        "1/attempt-1/checkpoint-72.safetensors"
    ]
    checkpoint.write_bytes(b"of a later life")
    database.close()
    done = restore(backup, file, tmp_path)

    assert (done.runs, done.files, done.missing) == (1, 1, 0)
    assert checkpoint.read_bytes() == content


def test_a_missing_file_is_reported_and_does_not_stop_a_backup(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    keep_file(database, tmp_path, queued(), step=72).unlink()

    made = back_up(file, tmp_path, backup, checkpoints=True)

    assert made.missing == ["1/attempt-1/checkpoint-72.safetensors"]
    database.close()
    assert restore(backup, file, tmp_path).missing == 1


def test_a_link_in_the_folder_of_runs_is_not_followed(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    kept = keep_file(database, tmp_path, queued(), step=1)
    secret = tmp_path / "secret"
    secret.write_text("of another user")
    kept.unlink()
    kept.symlink_to(secret)

    made = back_up(file, tmp_path, backup, checkpoints=True)

    assert (made.card.files, len(made.missing)) == ([], 1)


def test_an_inaccessible_folder_is_named_in_one_sentence(
    file: Path,
    backup: Path,
    tmp_path: Path,
    database: Database,
    queued: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = keep_file(database, tmp_path, queued(), step=1)

    def refuse(_home: Path, _path: str) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied", str(kept.parent))

    monkeypatch.setattr(places, "file_of_run", refuse)

    with pytest.raises(CannotBackUp, match=r"attempt-1 cannot be read \(Permission denied\): run the backup as"):
        back_up(file, tmp_path, backup, checkpoints=True)
    assert not backup.exists()


def test_a_backup_leaves_nothing_but_itself(file: Path, backup: Path, tmp_path: Path) -> None:
    back_up(file, tmp_path, backup)

    assert list((tmp_path / "backups").iterdir()) == []
    assert not list(tmp_path.glob("*.part"))
    assert backup.stat().st_mode & 0o077 == 0, "only its owner may read it"


def test_the_old_database_is_kept_aside_whole(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    back_up(file, tmp_path, backup)
    queued()
    database.close()

    aside = restore(backup, file, tmp_path).aside

    assert aside is not None
    assert (names(file), names(aside)) == ([], ["a run"])


def test_a_lab_that_runs_is_not_replaced(database: Database, file: Path, backup: Path, tmp_path: Path) -> None:
    back_up(file, tmp_path, backup)

    with locked(tmp_path), pytest.raises(CannotStart, match="already runs on"):
        restore(backup, file, tmp_path)
    # A web process that was started alone, as in a container, holds no lock of the home.
    with database.read() as session:
        runs.held_by_workers(session)
    with pytest.raises(DatabaseInUse, match="stop the lab first"):
        restore(backup, file, tmp_path)


def test_a_backup_of_a_later_version_is_refused(database: Database, file: Path, backup: Path, tmp_path: Path) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    back_up(file, tmp_path, backup)
    database.close()

    with pytest.raises(NewerDatabase, match=r"in .*lab\.zip is at revision 9999"):
        restore(backup, file, tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00 and then nothing"])
def test_other_files_than_backups_are_refused(backup: Path, tmp_path: Path, content: bytes) -> None:
    backup.write_bytes(content)

    with pytest.raises(BadBackup, match=r"lab\.zip"):
        restore(backup, tmp_path / "skiplab.db", tmp_path)

    assert not (tmp_path / "skiplab.db").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_backup_that_was_damaged_or_cut_is_refused_and_nothing_is_touched(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int], share: float
) -> None:
    queued()
    back_up(file, tmp_path, backup)
    database.close()
    whole, before = bytearray(backup.read_bytes()), file.read_bytes()
    cut = whole[: int(len(whole) * share)]
    middle = int(len(whole) * share * 0.9)
    whole[middle : middle + 64] = bytes(byte ^ 0xFF for byte in whole[middle : middle + 64])

    for wrong in (whole, cut):
        backup.write_bytes(wrong)
        with pytest.raises(BadBackup):
            restore(backup, file, tmp_path)

    assert file.read_bytes() == before
    assert not list(tmp_path.glob("restoring-*"))


def test_a_backup_cannot_write_outside_the_lab(file: Path, backup: Path, tmp_path: Path) -> None:
    back_up(file, tmp_path, backup)
    with zipfile.ZipFile(backup) as archive:
        card, database = json.loads(archive.read("backup.json")), archive.read("skiplab.db")
    card["files"] = [{"path": "../../stolen", "sha256": hashlib.sha256(b"x").hexdigest()}]
    with zipfile.ZipFile(backup, "w") as archive:
        archive.writestr("backup.json", json.dumps(card))
        archive.writestr("skiplab.db", database)
        archive.writestr("runs/../../stolen", b"x")

    with pytest.raises(BadBackup, match="outside the home folder"):
        restore(backup, tmp_path / "other" / "skiplab.db", tmp_path / "other")


def test_no_backup_is_made_of_a_damaged_database(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    queued()
    database.close()
    damage(file)

    with pytest.raises(DatabaseDamaged, match=r"skiplab\.db is damaged"):
        back_up(file, tmp_path, backup)

    assert not backup.exists()


def test_a_damaged_database_gives_way_to_a_backup(
    database: Database, file: Path, backup: Path, tmp_path: Path, queued: Callable[..., int]
) -> None:
    queued()
    back_up(file, tmp_path, backup)
    database.close()
    damage(file)
    broken = file.read_bytes()

    done = restore(backup, file, tmp_path)

    assert names(file) == ["a run"]
    assert done.aside is not None
    assert done.aside.read_bytes() == broken


def test_there_must_be_something_to_back_up_and_a_place_for_it(file: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotBackUp, match="no database at"):
        back_up(tmp_path / "none.db", tmp_path, tmp_path / "lab.zip")
    with pytest.raises(CannotBackUp, match="no folder"):
        back_up(file, tmp_path, tmp_path / "nowhere" / "lab.zip")
