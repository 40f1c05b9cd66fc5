"""The `skiplab` command: output and exit status."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest
from PIL import Image
from sqlmodel import select

from backend.db import tokens
from backend.db.database import Database
from backend.db.tables import RunTable
from backend.supervisor.start import locked
from skiplab.cli import COMMANDS
from tests.lab import Lab, announced_home, free_port, running_lab, until


def skiplab(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "skiplab", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, **environment},
        check=False,
    )


def web_process(home: Path) -> "subprocess.CompletedProcess[str]":
    """Run the web process without `skiplab up`, until it ends by itself."""
    own = {"SKIPLAB_HOME": str(home), "SKIPLAB_PORT": str(free_port()), "SKIPLAB_BROKER_URL": "memory://"}
    return subprocess.run(
        [sys.executable, "-m", "backend"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **own},
        check=False,
    )


def test_version_names_the_installed_one() -> None:
    result = skiplab("version")
    assert (result.stdout, result.returncode) == (f"skiplab {version('skiplab')}\n", 0)


def test_help_lists_the_commands() -> None:
    listed = re.findall(r"^│ (\w+) ", skiplab("--help").stdout, re.MULTILINE)
    assert listed == [*COMMANDS]


@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_bad_setting_is_one_sentence_and_status_2(command: str, tmp_path: Path) -> None:
    result = skiplab(command, "--home", tmp_path / "home", "--port", 99999)
    assert result.returncode == 2
    assert result.stderr == "SKIPLAB_PORT is 99999: must be at most 65,535.\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_taken_port_is_one_sentence_and_nothing_is_started(command: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = skiplab(command, SKIPLAB_HOME=str(tmp_path), SKIPLAB_PORT=str(port))
    assert result.returncode == 1
    assert result.stderr == (
        f"Port {port} is taken by another program: choose another one with --port or SKIPLAB_PORT.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["skiplab.lock"]


def test_a_second_lab_on_the_same_home_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with locked(tmp_path):
        result = skiplab("up", "--home", tmp_path, "--port", free_port())
    assert result.returncode == 1
    assert result.stderr == (
        f"A lab already runs on {tmp_path}, or is still stopping:"
        " stop it first, or choose another folder with --home.\n"
    )


def test_up_says_one_line_when_it_is_ready_and_ctrl_c_stops_it_cleanly(tmp_path: Path) -> None:
    """Run in a folder with packages named like Skiplab's."""
    for package in ("backend", "worker"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('not the lab')")
    # Not a first start: that waits for torch, and says so if it takes long.
    announced_home(tmp_path / "own-home")
    port = free_port()
    lab = subprocess.Popen(
        [str(Path(sys.executable).parent / "skiplab"), "up", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "SKIPLAB_HOME": "own-home"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with lab:
        assert lab.stdout is not None
        assert lab.stdout.readline() == f"Skiplab is up at http://127.0.0.1:{port} (Ctrl-C stops it).\n"
        family = psutil.Process(lab.pid).children(recursive=True)
        lab.send_signal(signal.SIGINT)
        assert lab.stdout.read() == "Stopping.\n"
        assert lab.wait(30) == 0
    _, left = psutil.wait_procs(family, timeout=10)
    assert not left
    written = (tmp_path / "own-home" / "logs" / "skiplab.log").read_text()
    for name in ("broker ", "worker ", "skiplab"):
        assert f"{name} | " in written


def test_a_killed_lab_leaves_no_process_behind(tmp_path: Path) -> None:
    with running_lab(tmp_path / "home") as lab:
        run_id = lab.submit(epochs=300, train_limit=1000)
        lab.wait(run_id, lambda run: run["epoch"] >= 1)
        family = psutil.Process(lab.process.pid).children(recursive=True)
        assert lab.processes("-m worker.trainer")

        lab.process.kill()
        lab.process.wait()

        _, left = psutil.wait_procs(family, timeout=30)
        assert not left


@pytest.mark.parametrize("process", ["skiplab up", "the web process alone"])
def test_a_damaged_database_is_refused_at_the_start_and_fixed_by_a_backup(
    process: str, database: Database, tmp_path: Path, queued: Callable[..., int]
) -> None:
    queued()
    assert skiplab("backup", tmp_path / "lab.zip", "--home", tmp_path).returncode == 0
    database.close()
    file = tmp_path / "skiplab.db"
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xa5" * (file.stat().st_size - 4096))

    if process == "skiplab up":
        refused = skiplab("up", "--home", tmp_path, "--port", free_port())
    else:
        refused = web_process(tmp_path)

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert f"The database {file} is damaged" in refused.stderr
    assert "`skiplab restore FILE`" in refused.stderr

    put_right = skiplab("restore", tmp_path / "lab.zip", "--home", tmp_path)
    assert (put_right.returncode, put_right.stderr) == (0, "")
    assert "1 runs and 0 of their files" in put_right.stdout
    assert "before-restore-" in put_right.stdout
    with database.read() as session:
        assert [row.name for row in session.exec(select(RunTable)).all()] == ["a run"]


def test_a_backup_of_a_running_lab_is_taken_but_none_is_put_into_it(lab: Lab, tmp_path: Path) -> None:
    home = lab.log.with_name("home")
    backup = tmp_path / "lab.zip"

    made = skiplab("backup", backup, "--checkpoints", "--home", home)
    refused = skiplab("restore", backup, "--home", home)

    assert (made.returncode, made.stderr) == (0, "")
    assert backup.is_file()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "already runs on" in refused.stderr


def test_the_doctor_exits_with_1_where_something_is_wrong(tmp_path: Path) -> None:
    wrong = skiplab("doctor", "--home", tmp_path, SKIPLAB_BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert wrong.returncode == 1
    assert "WRONG  broker" in wrong.stdout
    assert "fine   database" in wrong.stdout
    assert "torch" in wrong.stdout
    assert list(tmp_path.iterdir()) == []


def test_tokens_are_made_listed_and_revoked_without_a_running_lab(database: Database, tmp_path: Path) -> None:
    made = skiplab("token", "add", "a student", "--home", tmp_path)
    assert made.stdout.startswith("skiplab_")
    assert skiplab("token", "list", "--home", tmp_path).stdout.split()[:2] == ["1", "read"]

    assert skiplab("token", "revoke", 1, "--home", tmp_path).returncode == 0

    again = skiplab("token", "revoke", 1, "--home", tmp_path)
    assert (again.returncode, again.stderr) == (1, "There is no token 1.\n")
    unreadable = skiplab("token", "add", "a\nb", "--home", tmp_path)
    assert (unreadable.returncode, unreadable.stderr[:22]) == (2, "name: must be one line")
    with database.read() as session:
        assert tokens.all(session) == []


def test_tokens_need_an_existing_database(tmp_path: Path) -> None:
    result = skiplab("token", "list", "--home", tmp_path / "nothing")
    assert result.returncode == 1
    assert "Start it once" in result.stderr


def test_beyond_loopback_up_prints_the_first_token_and_logs_it_nowhere(tmp_path: Path) -> None:
    with running_lab(tmp_path / "home", SKIPLAB_HOST="0.0.0.0") as lab:
        shown = until(lab.log.read_text, lambda text: "#token=" in text, 10)
        token = shown.partition("#token=")[2].split()[0]
        assert lab.client.get("/runs").status_code == 401
        assert lab.client.get("/runs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    written = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any(token.encode() in each for each in written)


def test_an_import_goes_to_the_worker_with_its_output_and_status(tmp_path: Path) -> None:
    images = tmp_path / "images"
    for part in ("train", "test"):
        for name, shade in (("dark", 10), ("light", 240)):
            (images / part / name).mkdir(parents=True)
            Image.new("RGB", (8, 8), (shade, shade, shade)).save(images / part / name / "1.png")

    made = skiplab("data", "import", "shades", images, "--size", "48x32", "--home", tmp_path / "home")
    refused = skiplab("data", "import", "shades", tmp_path / "missing", "--home", tmp_path / "home")
    no_size = skiplab("data", "import", "shades", images, "--size", "big", "--home", tmp_path / "home")

    assert made.returncode == 0, made.stderr
    assert "2 training and 2 test images in 2 classes" in made.stdout
    card = json.loads((tmp_path / "home" / "datasets" / "shades" / "card.json").read_text())
    assert card["image_shape"] == [3, 32, 48]  # channels, height, width
    assert no_size.returncode == 2
    assert "'big' is not a size. Give 64, or 64x48 for width x height." in no_size.stderr
    assert refused.returncode == 1
    assert "missing" in refused.stderr
