"""Upgrades: with a copy of what was there before."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from backend.db import catalog, copies, errands, events, imports, revisions, run_views, runs, submissions, versions
from backend.db.copies import DatabaseDamaged
from backend.db.database import Database, DatabaseUnusable
from backend.db.migration import check_room, is_current, migrate, wait_until_current
from backend.db.revisions import NewerDatabase, check_file
from backend.db.room import NoRoom
from backend.db.tables import RunTable
from backend.db.upgrade_copy import GROWTH, CannotCopy
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.config import RunKind
from skiplab.contract.errands import CardTask, ErrandKind, ImportTask, PreviewTask
from skiplab.contract.run import RunNetwork
from skiplab.contract.sizes import human_bytes
from skiplab.contract.spec import RunSpec
from tests.backend.db.revisions import at_revision, config, insert, move_file
from tests.backend.test_full_database import full

FIRST = "0001"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first version, with a run in it."""
    file = tmp_path / "skiplab.db"
    assert ScriptDirectory.from_config(config()).get_base() == FIRST
    move_file(file, FIRST)
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


def test_a_passing_event_of_old_gives_way_to_the_next_of_its_run(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.executemany(
            "INSERT INTO event (type, run_id, payload, passing, created_at) VALUES (?, 1, '{}', ?, ?)",
            [("run", True, "2026-01-01 00:00:00"), ("metrics", False, "2026-01-01 00:00:00")],
        )

    upgrade(old)

    with closing(Database(f"sqlite:///{old}")) as database, database.write() as session:
        runs.publish(session, [session.get_one(RunTable, 1)], passing=True)
        kept = [(event.id, event.type) for event in events.since(session, after=0) if event.run_id == 1]
    assert kept == [(2, "metrics"), (3, "run")]


def test_a_new_run_gets_no_id_that_a_deleted_one_has_had(old: Path, spec: Callable[..., RunSpec]) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(
            "INSERT INTO event (type, run_id, payload, passing, created_at) VALUES ('removed', 7, '{}', 0, '2026')"
        )

    upgrade(old)

    with closing(Database(f"sqlite:///{old}")) as database, database.write() as session:
        assert [submissions.add(session, spec(), name="new").id for _ in range(2)] == [8, 9]


def test_a_current_database_is_not_backed_up(old: Path) -> None:
    upgrade(old)
    upgrade(old)

    assert len(copies_beside(old)) == 1


def test_a_database_without_runs_is_not_backed_up(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("DELETE FROM run")

    upgrade(old)

    assert copies_beside(old) == []


def test_without_a_copy_there_is_no_upgrade(old: Path) -> None:
    (old.parent / "backups").write_text("in the way")
    database = Database(f"sqlite:///{old}")

    with pytest.raises(CannotCopy, match=r"skiplab\.db is not upgraded, since no copy .* can be written .*File exists"):
        migrate(database)

    assert not is_current(database)
    database.close()


def test_without_room_there_is_no_upgrade(old: Path) -> None:
    """The sizes are in the message: what is needed for what, what is free, and what to free."""
    size, head = old.stat().st_size, revisions.head()
    needed = human_bytes(size + int(GROWTH * size))
    with closing(Database(f"sqlite:///{old}")) as database:
        with pytest.raises(NoRoom) as refusal:
            migrate(database, free=lambda _: 1024)
        with pytest.raises(NoRoom):
            check_room(database, free=lambda _: 1024)
        assert not is_current(database)

        assert str(refusal.value) == (
            f"The upgrade of the database {old} from revision 0001 to {head} needs {human_bytes(size)} for a copy in"
            f" {old.parent / 'backups'} and {human_bytes(GROWTH * size)} for rewritten tables in {old.parent}"
            f" ({needed} together), but 1 KiB are free in {old.parent}. Nothing was changed: free"
            f" {human_bytes(size + int(GROWTH * size) - 1024)} there, or move the folder to a larger disk,"
            " and start again."
        )
        assert copies_beside(old) == []

        migrate(database, free=lambda _: size + int(GROWTH * size))
        assert is_current(database)
        check_room(database, free=lambda _: 0)


def test_an_upgrade_that_fills_the_disk_changes_nothing_and_leaves_no_copy(old: Path) -> None:
    with closing(Database(f"sqlite:///{old}")) as database:
        with full(database.engine, spare=10), pytest.raises(DatabaseUnusable, match="database or disk is full"):
            migrate(database)

        assert copies.revision(old) == FIRST
        assert copies_beside(old) == []
        migrate(database)
        assert is_current(database)


def test_an_unfinished_copy_of_a_killed_upgrade_is_deleted(old: Path) -> None:
    unfinished = old.parent / "backups" / "before-upgrade-from-0001-20260101T000000.part"
    unfinished.parent.mkdir()
    unfinished.write_bytes(b"half")

    upgrade(old)

    (copy,) = copies_beside(old)
    assert copy.suffix == ".db"


def test_a_start_checks_the_file_first(old: Path) -> None:
    check_file(old)
    check_file(old.with_name("none.db"))

    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="9999"):
        check_file(old)

    old.write_bytes(b"something else altogether, and long enough to be taken for a header of a hundred bytes" * 2)
    with pytest.raises(DatabaseDamaged, match="file is not a database"):
        check_file(old)


BEFORE_VERSIONS = "0011"


def test_a_run_from_before_data_sets_had_versions_is_on_an_unknown_one_and_new_ones_name_theirs(
    tmp_path: Path, spec: Callable[..., RunSpec]
) -> None:
    file = tmp_path / "skiplab.db"
    move_file(file, BEFORE_VERSIONS)
    card = DatasetCard(key="pets", label="pets", classes=["cat"], available=True, source="imported from pets.zip")
    with closing(sqlite3.connect(file)) as connection, connection:
        old_card = card.model_dump_json(exclude={"version", "sha256", "provenance"})
        connection.execute("INSERT INTO dataset (key, place, card, wanted) VALUES ('pets', 0, ?, 0)", [old_card])
        columns = connection.execute("PRAGMA table_info(run)").fetchall()
        needed: dict[str, object] = {name: 0 for _, name, _, notnull, _, key in columns if notnull and not key}
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
            new = run_views.view(session, submissions.add(session, spec(dataset="pets"), name="new"))
            catalog.announce_datasets(session, [known.model_copy(update={"sha256": "1" * 64})])
        with database.read() as session:
            rows = [row for row in (runs.get(session, 1), runs.get(session, new.id)) if row is not None]
            before, after = run_views.views(session, rows)
            assert (before.status, before.data) == ("paused", None)
            assert after.data is not None
            assert (after.data.version, after.data.sha256) == (1, "1" * 64)
            assert versions.classes_of(session, rows) == {before.id: ["cat"], after.id: ["cat"]}


def test_older_runs_get_their_networks_cost_where_the_card_has_it_at_the_size_of_their_data(old: Path) -> None:
    """Of other sizes, of plugins, and of runs that have not trained it is not known."""
    cards = {
        "cnn": {"origin": "built-in", "image_shape": [3, 32, 32], "parameters": 62_006, "flops": 1_303_440, "depth": 5},
        "mine": {"origin": "plugin", "image_shape": [3, 32, 32], "parameters": 7, "flops": 7, "depth": 1},
    }
    data = {"small": ([3, 32, 32], 10), "large": ([3, 64, 64], 10), "many": ([3, 32, 32], 200)}
    move_file(old, "0011")
    with closing(sqlite3.connect(old)) as connection, connection:
        for place, (key, card) in enumerate(cards.items()):
            row = (key, card["origin"], place, json.dumps(card), "{}", False)
            connection.execute(
                "INSERT INTO model (key, origin, place, card, details, wanted) VALUES (?,?,?,?,?,?)", row
            )
        for place, (key, (shape, classes)) in enumerate(data.items()):
            data_row = (key, place, json.dumps({"image_shape": shape, "classes": ["a"] * classes}), False)
            connection.execute("INSERT INTO dataset (key, place, card, wanted) VALUES (?,?,?,?)", data_row)
        wanted = [
            ("cnn", "small", 1),
            ("cnn", "small", 0),
            ("cnn", "large", 1),
            ("cnn", "many", 1),
            ("mine", "small", 1),
        ]
        for run_id, (model, dataset, epoch) in enumerate(wanted, start=10):
            _copy_run(connection, run_id, model=model, dataset=dataset, epoch=epoch)

    upgrade(old)

    with closing(sqlite3.connect(old)) as connection:
        found = [
            json.loads(each) if each else None for (each,) in connection.execute("SELECT network FROM run WHERE id > 9")
        ]
    network = RunNetwork.model_validate(found[0])
    assert (network.parameters, network.flops, network.image_shape, network.classes) == (
        62_006,
        1_303_440,
        (3, 32, 32),
        10,
    )
    assert found[1:] == [None] * 4


@pytest.fixture(params=["sqlite", "postgresql"])
def before_errands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the last version before there were errands and kinds of runs."""
    with at_revision("0016", request, tmp_path) as database:
        yield database


def test_tasks_of_older_versions_are_migrated_to_errands(before_errands: Database, tmp_path: Path) -> None:
    with before_errands.engine.begin() as connection:
        insert(connection, "worker", id=1, name="gpu-1")
        insert(connection, "model", key="torchvision.alexnet", origin="torchvision", wanted=True)
        insert(connection, "model", key="cnn", origin="torchvision", wanted=False)
        insert(connection, "dataset", key="digits", wanted=True)
        for status in ("waiting", "inspecting", "importing", "found", "done"):
            insert(connection, "data_import", key="pets", bytes=1, status=status, worker_id=1)

    migrate(before_errands, copies_in=tmp_path / "backups")

    with before_errands.read() as session:
        waiting = [errands.task_of(row) for row in errands.waiting(session)]
        statuses = [row.status for row in reversed(imports.recent(session))]
        ages = {row.kind: row.created_at.year for row in errands.waiting(session)}
    assert waiting == [
        CardTask(model="torchvision.alexnet"),
        PreviewTask(dataset="digits"),
        *(ImportTask(import_id=import_id) for import_id in (1, 2, 3)),
    ]
    assert statuses == ["waiting", "waiting", "waiting", "found", "done"]
    assert ages[ErrandKind.IMPORT_DATA] == 2026


def test_a_run_from_before_there_were_kinds_is_one_of_the_labs_own(before_errands: Database, tmp_path: Path) -> None:
    asked = RunSpec(model="cnn", dataset="digits", epochs=7)
    with before_errands.engine.begin() as connection:
        insert(connection, "run", id=3, spec=asked.model_dump(mode="json"), model="cnn", dataset="digits")

    migrate(before_errands, copies_in=tmp_path / "backups")

    with before_errands.write() as session:
        row = runs.get(session, 3)
        assert row is not None
        assert (row.kind, row.config_version, row.model, row.usable_spec) == ("lab", 1, "cnn", asked)
        # Which has neither a network nor a data set of the lab's.
        submissions.store(session, [RunTable(kind=RunKind.EXTERNAL, name="elsewhere", config={})], cause="logged")


def _copy_run(connection: sqlite3.Connection, run_id: int, **fields: object) -> None:
    """One like the first run, but for its id and what is given."""
    row = dict(zip(*_columns_and_values(connection), strict=True)) | {"id": run_id, **fields}
    places = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO run ({', '.join(row)}) VALUES ({places})", list(row.values()))


def _columns_and_values(connection: sqlite3.Connection) -> tuple[list[str], list[object]]:
    found = connection.execute("SELECT * FROM run LIMIT 1")
    return [column[0] for column in found.description], list(found.fetchone())


@pytest.mark.parametrize(
    ("revision", "reason"),
    [(FIRST, "a backend of this version upgrades it"), ("9999", "written by a later version. Upgrade Skiplab")],
)
def test_a_worker_of_another_version_waits_and_says_why(
    old: Path, caplog: pytest.LogCaptureFixture, revision: str, reason: str
) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with closing(Database(f"sqlite:///{old}")) as database:
        naps: list[float] = []

        def sleep(seconds: float) -> None:
            naps.append(seconds)
            if sum(naps) > 10:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            wait_until_current(database, sleep=sleep)

    (message,) = caplog.messages
    assert reason in message


def test_revisions_follow_each_other_in_the_order_of_their_names() -> None:
    scripts = ScriptDirectory.from_config(config()).walk_revisions("base", "heads")

    assert revisions.known() == tuple(reversed([script.revision for script in scripts]))
