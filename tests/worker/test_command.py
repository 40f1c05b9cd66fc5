"""`python -m worker` reports errors in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.imports import people
from worker.__main__ import _parser
from worker.settings import WorkerSettings
from worker.watchdog import Watchdog


def start(command: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {"SKIPLAB_HOME": str(home), "SKIPLAB_BROKER_URL": "memory://", **environment}
    return subprocess.run(
        [sys.executable, "-m", "worker", command],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", ["serve", "announce"])
def test_a_home_that_cannot_be_used_is_one_sentence_with_the_way_out(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    done = start(command, tmp_path / "file" / "home")
    assert done.returncode == 1
    assert done.stderr.startswith(f"The worker cannot use {tmp_path}/file/home: ")
    assert done.stderr.endswith("Free some space, or set SKIPLAB_HOME to another folder.\n")
    assert done.stderr.count("\n") == 1


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "skiplab.db").write_bytes(b"no database " * 1000)
    done = start("serve", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"The database {tmp_path}/skiplab.db cannot be used: file is not a database." in done.stderr


def test_an_inspection_on_the_command_line_is_watched_as_an_import_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = people.Folder(tmp_path / "pets")
    for label in ("cat", "dog"):
        folder.images(label, 3)
    watched: list[tuple[int, str]] = []

    class Seen(Watchdog):
        def __init__(self, pid: int, what: str, *, bound: int | None = None, remedy: str = "") -> None:
            watched.append((pid, what))
            super().__init__(pid, what, bound=bound, remedy=remedy)

    monkeypatch.setattr("worker.watchdog.Watchdog", Seen)
    arguments = _parser().parse_args(["inspect-data", str(folder.top)])

    assert arguments.command(WorkerSettings(home=tmp_path), arguments) is None

    assert watched == [(os.getpid(), "out of memory: the inspection")]
    assert "Layout: a folder for each class" in capsys.readouterr().out
