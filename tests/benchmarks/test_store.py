"""The database's benchmark with two epochs: every row is measured."""

from contextlib import closing
from pathlib import Path

import pytest

from backend.db.database import Database
from backend.db.upgrade_copy import GROWTH
from benchmarks.store import upgrade
from benchmarks.store.__main__ import QUICK, THIS, Plan, measured
from tests.postgres import Server


def test_writing_is_compared_with_raw_sqlite() -> None:
    rows = list(measured(["write"], Plan([THIS], QUICK)))

    assert [row.work for row in rows] == ["an epoch's transaction", "CPU of all epochs", "on disk"]
    assert all(row.against.startswith("raw SQLite ") for row in rows)


def test_an_upgrade_is_timed(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'skiplab.db'}")) as database:
        upgrade.fill(database, 1000)
        result = upgrade.upgraded(database, tmp_path)

    assert (result.values, result.bytes_copy) == (1200, result.bytes_before)
    assert 0 < result.bytes_grown < GROWTH * result.bytes_before


def test_a_large_lab_with_many_listeners_is_compared_with_a_small_one(tmp_path: Path) -> None:
    rows = list(measured(["grow"], Plan([THIS], QUICK, home=tmp_path)))

    assert len(rows) == 5
    assert all("small lab" in row.against for row in rows)
    assert sorted(home.name for home in tmp_path.iterdir()) == ["10-runs-2-epochs", "30-runs-2-epochs"]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_another_checkout_is_measured_by_its_own_code(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.symlink_to(THIS.folder)

    rows = list(measured(["read"], Plan([THIS, type(THIS)("other", other)], QUICK)))

    assert len(rows) == 6
    assert all(row.against.startswith("other ") for row in rows)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_postgresql_is_measured_by_the_same_requests(postgres: Server) -> None:
    rows = list(measured(["write", "read"], Plan([THIS], QUICK, postgres)))

    assert len(rows) == 9
    assert all("PostgreSQL " in row.against for row in rows)
