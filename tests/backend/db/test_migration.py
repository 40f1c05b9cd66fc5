"""Upgrades: with a copy of what was there before."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import backend.db
from backend.contract.catalog import DatasetCard
from backend.contract.spec import RunSpec
from backend.db import catalog, runs, versions
from backend.db.copies import DatabaseDamaged
from backend.db.database import Database
from backend.db.migration import NewerDatabase, check, is_current, migrate

FIRST = "0001"


def database_of(file: Path, revision: str | None) -> None:
    """None: of the first."""
    database = Database(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(Path(backend.db.__file__).parent / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        first = ScriptDirectory.from_config(config).get_base()
        assert first == FIRST
        command.upgrade(config, revision or first)
    database.close()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first version, with a run in it."""
    file = tmp_path / "skiplab.db"
    database_of(file, None)
    with closing(sqlite3.connect(file)) as connection, connection:
        columns = connection.execute("PRAGMA table_info(run)").fetchall()
        needed = {
            name: "{}" if kind == "JSON" else 0 for _, name, kind, notnull, _, key in columns if notnull and not key
        }
        needed |= {"name": "of old", "status": "finished", "created_at": "2026-01-01 00:00:00.000000"}
        places = ", ".join("?" * len(needed))
        connection.execute(f"INSERT INTO run ({', '.join(needed)}) VALUES ({places})", list(needed.values()))
    return file


def upgrade(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    migrate(database)
    assert is_current(database)
    database.close()


def copies_beside(file: Path) -> list[Path]:
    return list(file.parent.glob("backups/*"))


def test_an_upgrade_keeps_a_copy_of_what_was_there_before(old: Path) -> None:
    upgrade(old)

    (copy,) = copies_beside(old)
    assert copy.name.startswith("before-upgrade-from-0001-")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (FIRST,)
        assert connection.execute("SELECT name FROM run").fetchall() == [("of old",)]


def test_a_new_run_gets_no_id_that_a_deleted_one_has_had(old: Path, spec: Callable[..., RunSpec]) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(
            "INSERT INTO event (type, run_id, payload, passing, created_at) VALUES ('removed', 7, '{}', 0, '2026')"
        )

    upgrade(old)

    with closing(Database(f"sqlite:///{old}")) as database, database.write() as session:
        assert [runs.add(session, spec(), name="new").id for _ in range(2)] == [8, 9]


def test_what_is_up_to_date_is_not_copied(old: Path) -> None:
    upgrade(old)
    upgrade(old)

    assert len(copies_beside(old)) == 1


def test_what_holds_no_run_is_not_copied(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DELETE FROM run")

    upgrade(old)

    assert copies_beside(old) == []


def test_what_cannot_be_copied_is_not_upgraded(old: Path) -> None:
    (old.parent / "backups").write_text("in the way")
    database = Database(f"sqlite:///{old}")

    with pytest.raises(FileExistsError):
        migrate(database)

    assert not is_current(database)
    database.close()


def test_a_start_looks_at_the_file_first(old: Path) -> None:
    check(old)
    check(old.with_name("none.db"))

    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="9999"):
        check(old)

    old.write_bytes(b"something else altogether, and long enough to be taken for a header of a hundred bytes" * 2)
    with pytest.raises(DatabaseDamaged, match="file is not a database"):
        check(old)


BEFORE_VERSIONS = "0011"


def test_a_run_from_before_data_sets_had_versions_is_on_an_unknown_one_and_new_ones_name_theirs(
    tmp_path: Path, spec: Callable[..., RunSpec]
) -> None:
    file = tmp_path / "skiplab.db"
    database_of(file, BEFORE_VERSIONS)
    card = DatasetCard(key="pets", label="pets", classes=["cat"], available=True, source="imported from pets.zip")
    with closing(sqlite3.connect(file)) as connection, connection:
        old_card = card.model_dump_json(exclude={"version", "sha256", "provenance"})
        connection.execute("INSERT INTO dataset (key, place, card, wanted) VALUES ('pets', 0, ?, 0)", [old_card])
        columns = connection.execute("PRAGMA table_info(run)").fetchall()
        needed = {name: 0 for _, name, _, notnull, _, key in columns if notnull and not key}
        needed |= {"name": "of old", "status": "paused", "model": "cnn", "dataset": "pets", "tags": "[]", "epoch": 1}
        needed |= {"spec": spec(dataset="pets").model_dump_json(), "created_at": "2026-01-01 00:00:00.000000"}
        places = ", ".join("?" * len(needed))
        connection.execute(f"INSERT INTO run ({', '.join(needed)}) VALUES ({places})", list(needed.values()))
        connection.execute("UPDATE counter SET last = 1")

    upgrade(file)

    with closing(Database(f"sqlite:///{file}")) as database:
        with database.write() as session:
            # As a worker does that comes with this version: the hash is computed later.
            known = card.model_copy(update={"version": 1, "provenance": "imported"})
            catalog.announce_datasets(session, [known])
            new = runs.view(session, runs.add(session, spec(dataset="pets"), name="new"))
            catalog.announce_datasets(session, [known.model_copy(update={"sha256": "1" * 64})])
        with database.read() as session:
            rows = [row for row in (runs.get(session, 1), runs.get(session, new.id)) if row is not None]
            before, after = runs.views(session, rows)
            assert (before.status, before.data) == ("paused", None)
            assert after.data is not None
            assert (after.data.version, after.data.sha256) == (1, "1" * 64)
            assert versions.classes_of(session, rows) == {before.id: ["cat"], after.id: ["cat"]}
