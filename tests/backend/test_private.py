"""Files are private to their owner, and write errors are reported in one sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.db.database import Database
from backend.db.migration import migrate
from backend.ops.doctor import examine
from backend.settings import Settings
from skiplab.cli import app
from skiplab.contract.private import keep_private, tighten, too_open
from tests.lab import running_web


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_of_the_web_process_are_private_to_its_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    with running_web(home):
        made = [path for path in home.rglob("*") if not path.is_socket()]
        assert home / "skiplab.db" in made
        for path in [home, *made]:
            assert mode(path) & 0o077 == 0, path


def test_the_group_may_read_if_allowed(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keep_private(group_may_read=True)
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").touch()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o750, 0o640)


def test_a_home_with_open_permissions_is_tightened_and_reported_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (wrong,) = (each for each in examine(Settings(home=tmp_path)) if each.subject == "home")
    assert (wrong.wrong, "drwxr-xr-x" in wrong.message) == (True, True)

    assert "was accessible to other users" in str(tighten(tmp_path))
    assert (mode(tmp_path), tighten(tmp_path), too_open(tmp_path)) == (0o700, None, None)

    tmp_path.chmod(0o757)
    assert tighten(tmp_path, group_may_read=True) is not None
    assert mode(tmp_path) == 0o750


def test_all_that_is_in_an_open_home_is_closed_too_but_nothing_that_a_link_leads_to(tmp_path: Path) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    checkpoint = home / "runs" / "1" / "1" / "best.safetensors"
    checkpoint.parent.mkdir(parents=True)
    shared.mkdir()
    (home / "datasets").symlink_to(shared)
    for file in (checkpoint, home / "skiplab.db", home / "skiplab.db-wal", home / "skiplab.db-shm", shared / "images"):
        file.touch()
        file.chmod(0o644)

    assert tighten(home) is not None

    inside = [path for path in home.rglob("*") if path.name != "datasets"]
    assert {mode(path) for path in inside if path.is_dir()} == {0o700}
    assert {mode(path) for path in inside if path.is_file()} == {0o600}
    assert (mode(shared / "images"), mode(shared) & 0o055) == (0o644, 0o055)


def test_a_home_that_stays_open_is_not_said_to_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as on a drive of Windows inside WSL2, which keeps no modes."""
    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    assert "its file system keeps it so" in str(tighten(tmp_path))


@pytest.mark.usefixtures("umask")
def test_a_restored_database_and_its_runs_are_private(tmp_path: Path) -> None:
    """Even those of a backup that everybody could read, into a home of everybody's."""
    home, backup = tmp_path / "home", tmp_path / "lab.db"
    with closing(Database(f"sqlite:///{backup}")) as database:
        migrate(database)
    backup.chmod(0o644)
    os.umask(0o022)

    done = CliRunner().invoke(app, ["restore", str(backup), "--home", str(home)])

    assert done.exit_code == 0, done.output
    assert {mode(path) & 0o077 for path in (home, *home.rglob("*"))} == {0}


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    "words",
    [("up",), ("demo", "--exit"), ("backup", "lab.zip"), ("restore", "lab.zip"), ("token", "list"), ("report", "1")],
)
def test_a_home_that_cannot_be_used_is_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    done = CliRunner().invoke(app, [*words, "--home", str(in_the_way / "home")])

    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert len(done.output.strip().splitlines()) == 1, done.output


def test_so_it_is_where_data_are_imported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = {"SKIPLAB_HOME": str(tmp_path / "file" / "home")}
    command = [sys.executable, "-m", "worker", "import", "mine", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)

    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1), done.stderr
    assert "cannot use" in done.stderr


@pytest.fixture
def umask() -> Iterator[None]:
    """Restore the umask, which commands set for their process."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
