"""A temporary PostgreSQL server for tests, with its own folder and socket."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.db.dumps import CannotDump, find_program

OWNER = "skiplab"
START_SECONDS = 30

# It holds nothing that anybody will miss.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


class Server:
    """The server, as used by tests."""

    def __init__(self, folder: Path, command: list[str], as_user: dict[str, Any], port: int) -> None:
        self.folder, self._command, self._as_user, self._port = folder, command, as_user, port
        self._databases = 0

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command, **self._as_user, stdout=log, stderr=log)
        _wait(self)

    def kill(self) -> None:
        """Stop immediately, as in a crash; committed data survives."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(START_SECONDS)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}&port={self._port}"

    def create(self, *, like: str = "template1") -> str:
        """Create a database; return its URL."""
        self._databases += 1
        name = f"lab{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def admit(self, network: str) -> None:
        """Allow connections from that network."""
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")
        self.execute("SELECT pg_reload_conf()")

    def drop(self, url: str) -> None:
        """Drop a database, terminating its connections."""
        self.execute(f"DROP DATABASE IF EXISTS {name_in(url)} WITH (FORCE)")

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement as an administrator."""
        with psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []


def name_in(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def running_server(*, port: int = 5432, **options: str) -> Iterator[Server]:
    """Start a server on a socket only, unless `options` say otherwise. Skips the test without PostgreSQL."""
    try:
        initdb, postgres = find_program("initdb"), find_program("postgres")
    except CannotDump:
        pytest.skip("PostgreSQL is not installed")
    # Not pytest's own folder: that user could not reach it. And short, as a socket's path must be.
    folder = Path(tempfile.mkdtemp(prefix="skiplab-pg-"))
    as_user = _unprivileged(folder)
    data = folder / "data"
    try:
        made = subprocess.run(
            [initdb, "-D", data, "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            **as_user,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        given = {"listen_addresses": "", "unix_socket_directories": str(folder), "port": str(port), **FAST, **options}
        settings = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        server = Server(folder, [str(postgres), "-D", str(data), *settings], as_user, port)
        try:
            server.start()
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so it gets its own user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            logged = (server.folder / "log").read_text()
            assert server.process.poll() is None, logged
            assert time.monotonic() < deadline, logged
            time.sleep(0.05)  # a server that is starting can only be asked again
        else:
            return
