"""An upgrade of a large database under a real lab: shown on its way, killed in the middle, and made again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.db import revisions
from backend.db.database import Database
from benchmarks.store.upgrade import fill
from tests.lab import starting_lab, until

VALUES = 300_000


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_backend_killed_while_it_upgrades_a_large_database_is_restarted_and_upgrades_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as database:
        fill(database, VALUES)

    with starting_lab(home) as lab:
        until(lab.log.read_text, lambda text: "Upgrading the database: metric values" in text, 60, lab.log.read_text)
        (backend,) = lab.processes("-m backend")
        backend.kill()
        until(lab.log.read_text, lambda text: "The backend was killed by SIGKILL" in text, 60)
        assert revision_and_values(home) == ("0020", VALUES)

        until(lab.log.read_text, lambda text: "Skiplab is up at" in text, 200, lab.log.read_text)
        assert lab.client.get("/runs").json()["total"] == 100

    assert revision_and_values(home) == (revisions.head(), VALUES)
    with closing(sqlite3.connect(home / "skiplab.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(list((home / "backups").glob("before-upgrade-from-0020-*.db"))) == 2


def revision_and_values(home: Path) -> tuple[str, int]:
    with closing(sqlite3.connect(home / "skiplab.db")) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (count,) = connection.execute("SELECT count(*) FROM metric").fetchone()
    return revision, count
