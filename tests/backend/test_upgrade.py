"""A web process that upgrades its database: what it answers meanwhile, and how it ends if the upgrade fails."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from backend.db.database import Database
from backend.db.migration import is_current, migrate
from backend.main import create_app
from backend.settings import Settings
from tests.backend.conftest import CountingNotifier
from tests.backend.db.revisions import insert, move_file
from tests.backend.test_cli import skiplab, web_process
from tests.lab import free_port, until

HTML = {"Accept": "text/html,*/*"}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """A database of an earlier version, with a run."""
    move_file(tmp_path / "skiplab.db", "0020")
    with closing(Database(f"sqlite:///{tmp_path / 'skiplab.db'}")) as database:
        with database.engine.begin() as connection:
            insert(connection, "run", id=7, name="of old", status="finished", tags=[], config={})
        yield database


@pytest.fixture
def let_it_end(old: Database) -> Iterator[Callable[[], None]]:
    """Hold the upgrade up, as another backend does that upgrades the same database; return what ends that."""
    lock = FileLock(f"{old.file}.migrate.lock")
    with lock:
        yield lock.release


@pytest.fixture
def upgrading(old: Database, tmp_path: Path, let_it_end: Callable[[], None]) -> Iterator[TestClient]:
    app = create_app(Settings(home=tmp_path, database_url=old.url), CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1") as api:
        yield api
        let_it_end()


def test_during_an_upgrade_health_checks_are_answered_with_its_progress(upgrading: TestClient) -> None:
    assert upgrading.get("/healthz").status_code == 200
    answer = upgrading.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json() == {
        "ready": False,
        "missing": ["the database is being upgraded: starting"],
        "upgrade": {"name": "starting", "done": 0},
    }


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/runs"), ("POST", "/api/v1/runs"), ("GET", "/metrics")])
def test_during_an_upgrade_other_requests_are_refused_and_may_be_retried(
    upgrading: TestClient, method: str, path: str
) -> None:
    answer = upgrading.request(method, path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("The database is being upgraded: starting. Retry later")


def test_during_an_upgrade_a_page_says_so_and_reloads(upgrading: TestClient) -> None:
    answer = upgrading.get("/runs", headers=HTML)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert '<meta http-equiv="refresh" content="3">' in answer.text
    assert "Skiplab is upgrading its database" in answer.text


def test_after_an_upgrade_everything_is_answered(upgrading: TestClient, let_it_end: Callable[[], None]) -> None:
    let_it_end()

    until(lambda: upgrading.get("/api/v1/runs").status_code, lambda status: status == 200, seconds=30)

    assert [run["name"] for run in upgrading.get("/api/v1/runs").json()["items"]] == ["of old"]
    assert "upgrade" not in upgrading.get("/readyz").json()


def test_creating_the_tables_refuses_no_request(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path), CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1") as api:
        assert api.get("/api/v1/runs").status_code == 200


def test_without_room_for_the_copy_nothing_is_started_and_the_sizes_are_named(old: Database, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home, kibibytes=500):
        old.close()
        file = shutil.copy(tmp_path / "skiplab.db", home)

        refused = skiplab("up", "--home", home, "--port", free_port())

        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1
        assert f"The upgrade of the database {file} from revision 0020" in refused.stderr
        assert re.search(rf"needs \d+ KiB for a copy in {home}/backups and \d+ KiB for rewritten", refused.stderr)
        assert re.search(rf"but \d+ KiB are free in {home}\. Nothing was changed: free \d+ KiB there", refused.stderr)
        assert sorted(path.name for path in home.iterdir()) == ["skiplab.db", "skiplab.lock"]

        subprocess.run(["mount", "-o", "remount,size=20m", home], check=True)
        with closing(Database(f"sqlite:///{file}")) as database:
            migrate(database)
            assert is_current(database)


@contextmanager
def small_disk(folder: Path, *, kibibytes: int) -> Iterator[None]:
    """Mount a small file system."""
    folder.mkdir()
    options = f"size={kibibytes}k"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_failed_upgrade_ends_the_process_with_its_reason(old: Database, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way")

    ended = web_process(tmp_path)

    assert ended.returncode == 1
    assert f"skiplab.db is not upgraded, since no copy of it can be written to {tmp_path / 'backups'}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not is_current(old)
