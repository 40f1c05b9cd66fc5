"""A complete Skiplab for tests: `skiplab up` in a separate process, on a free port and in its own folder."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psutil

from backend.db.database import Database
from backend.db.migration import migrate

READY_SECONDS = 120
STOP_SECONDS = 30


class Lab:
    """A running Skiplab, as used by tests."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.url, self.process, self.log = url, process, log
        self.client = httpx.Client(base_url=f"{url}/api/v1", timeout=30)

    def submit(self, **fields: Any) -> int:
        """Queue a small run on the digits; return its id."""
        small = {"model": "cnn", "dataset": "digits", "epochs": 2, "train_limit": 200, "test_limit": 100}
        answer = self.client.post("/runs", json={**small, "train_eval_limit": 0, **fields})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def run(self, run_id: int) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(f"/runs/{run_id}").json()
        return answer

    def wait(self, run_id: int, what: Callable[[dict[str, Any]], bool], seconds: float = 120) -> dict[str, Any]:
        """Return the run once the condition holds."""
        found: dict[str, Any] = until(lambda: self.run(run_id), what, seconds, lambda: self.log.read_text()[-3000:])
        return found

    def series(self, run_id: int, key: str) -> dict[str, Any]:
        (series,) = self.client.get(f"/runs/{run_id}/metrics", params={"keys": key}).json()["series"]
        found: dict[str, Any] = series
        return found

    def processes(self, command: str) -> list[psutil.Process]:
        """Return the lab's processes whose command line contains `command`."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in family if command in _command_line(process)]


def until(read: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float, log: Callable[[], str] = str) -> Any:
    """Poll `read` until its result satisfies the condition; return it."""
    deadline = time.monotonic() + seconds
    while not wanted(found := read()):
        assert time.monotonic() < deadline, f"still {found} after {seconds} s\n{log()}"
        time.sleep(0.05)  # other processes send no events to this one
    return found


@cache
def _announced_database() -> bytes:
    """Return the database of a lab that was started once: migrated, with the networks' cards, which take ten seconds
    to measure. Made once per session; a new home starts with a copy."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        database = Database(f"sqlite:///{home / 'skiplab.db'}")
        migrate(database)
        environment = {**os.environ, "SKIPLAB_HOME": str(home)}
        subprocess.run([sys.executable, "-m", "worker", "announce"], check=True, env=environment, capture_output=True)
        database.close()
        with closing(sqlite3.connect(home / "skiplab.db")) as connection:
            return connection.serialize()


def announced_home(home: Path) -> Path:
    """Create a home as after a first start."""
    home.mkdir(mode=0o700, parents=True)
    (home / "skiplab.db").write_bytes(_announced_database())
    return home


@contextmanager
def running_lab(home: Path, *, first_start: bool = False, **environment: str) -> Iterator[Lab]:
    """Start it, and stop all its processes at the end. `first_start`: in an empty home."""
    if not first_start and not home.exists():
        announced_home(home)
    with starting_lab(home, **environment) as lab:
        until(lambda: _answers(lab, "/readyz") and _has_worker(lab), bool, READY_SECONDS, lab.log.read_text)
        yield lab


@contextmanager
def starting_lab(home: Path, **environment: str) -> Iterator[Lab]:
    """Start it without waiting until it is ready, and stop all its processes at the end."""
    port = free_port()
    log = home.parent / f"{home.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "skiplab", "up", "--port", str(port), "--home", str(home)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    lab = Lab(f"http://127.0.0.1:{port}", process, log)
    try:
        yield lab
    finally:
        stop_with_children(lab)


def stop_with_children(lab: Lab) -> None:
    """Stop a lab that `skiplab up` runs, and check that none of its processes is left."""
    family = psutil.Process(lab.process.pid).children(recursive=True) if lab.process.poll() is None else []
    lab.process.send_signal(signal.SIGTERM)
    lab.process.wait(STOP_SECONDS)
    lab.client.close()
    _, left = psutil.wait_procs(family, timeout=5)
    assert not left, f"left behind: {left}"


@contextmanager
def running_web(home: Path, *, before: Sequence[str] = (), **environment: str) -> Iterator[Lab]:
    """Start the web process alone, without worker and broker. `before`: a command that wraps it."""
    port = free_port()
    log = home.parent / f"{home.name}.log"
    own = {"SKIPLAB_HOME": str(home), "SKIPLAB_PORT": str(port), "SKIPLAB_BROKER_URL": "memory://"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "backend"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own, **environment},
        )
    lab = Lab(f"http://127.0.0.1:{port}", process, log)
    try:
        until(lambda: _answers(lab, "/healthz"), bool, READY_SECONDS, log.read_text)
        yield lab
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        lab.client.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(lab: Lab, path: str) -> bool:
    assert lab.process.poll() is None, lab.log.read_text()
    try:
        return lab.client.get(f"{lab.url}{path}").status_code == 200
    except httpx.TransportError:
        return False


def _command_line(process: psutil.Process) -> str:
    """Empty for a process that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _has_worker(lab: Lab) -> bool:
    """Wait for the worker: a home that was started before is ready without it."""
    answer = lab.client.get("/workers")
    if answer.status_code == 401:
        return True  # requires a token, which this client does not have
    return any(worker["online"] for worker in answer.json()["items"])
