"""Checks before anything is started: the port is free, the database usable, and no other lab runs on this home."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from errno import EADDRINUSE
from pathlib import Path

from backend.db.copies import DatabaseDamaged
from backend.db.failures import DatabaseBusy, DatabaseUnusable
from backend.db.revisions import NewerDatabase, check_file, head
from backend.db.urls import file_of
from backend.settings import Settings
from skiplab.contract import places


class CannotStart(Exception):
    """The lab cannot be started; the message says why and what to do."""


def check_port(host: str, port: int) -> None:
    """Try to listen on the port. Raises CannotStart."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            # As the server does: a port in TIME_WAIT counts as free.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
            trial.listen()
    except OSError as error:
        if error.errno == EADDRINUSE:
            raise CannotStart(
                f"Port {port} is taken by another program: choose another one with --port or SKIPLAB_PORT."
            ) from error
        raise CannotStart(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error


def check_database(settings: Settings) -> None:
    """Refuse a database that is damaged, unreachable, of a later version, or without room for its upgrade.

    Raises CannotStart.
    """
    file = file_of(settings.database)
    try:
        if file is None:
            _check_with_room(settings, is_server=True)
        elif check_file(file) not in (None, head()):
            _check_with_room(settings, is_server=False)
    except (DatabaseDamaged, DatabaseBusy, DatabaseUnusable, NewerDatabase) as error:
        raise CannotStart(str(error)) from error


@contextmanager
def locked(home: Path) -> Iterator[int]:
    """Lock the home, creating it if missing; yield the locked file's descriptor. Raises CannotStart.

    A plain flock and no lock library: the descriptor is passed on to the guard, and the lock holds until both close it.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / "skiplab.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(
            f"Cannot write to the lab's folder {home} ({error.strerror}): choose another with --home or SKIPLAB_HOME."
        ) from error
    try:
        _lock(descriptor, home)
        yield descriptor
    finally:
        with suppress(OSError):
            os.close(descriptor)


def is_held(home: Path) -> bool:
    """Return whether a lab runs on this home; creates nothing."""
    try:
        descriptor = os.open(home / "skiplab.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _check_with_room(settings: Settings, *, is_server: bool) -> None:
    # Imported here: with a current SQLite file, `skiplab up` starts without SQLAlchemy.
    from backend.db.database import Database
    from backend.db.migration import check_room, check_server

    with closing(Database(settings.database)) as database:
        if is_server:
            check_server(database)
        check_room(database, places.backups(settings.home))


def _lock(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"A lab already runs on {home}, or is still stopping: stop it first, or choose another folder with --home."
        ) from error
