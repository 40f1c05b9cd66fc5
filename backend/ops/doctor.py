"""`skiplab doctor`: check everything that Skiplab depends on and advise, without changing anything."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich import filesize

from backend.broker import NoBroker, answers_at, find_server
from backend.db import copies, dumps, events, servers, versions
from backend.db.copies import DatabaseDamaged
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.dumps import CannotDump
from backend.db.migration import check_room, check_server, is_current
from backend.db.revisions import NewerDatabase, check_revision
from backend.db.room import Free, NoRoom, free_bytes
from backend.db.urls import file_of
from backend.notifier import CeleryNotifier
from backend.ops import machine
from backend.ops.check_result import CheckResult
from backend.settings import Settings
from backend.supervisor.start import is_held
from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import version_in_words
from skiplab.contract.private import too_open

LARGE_LOG_BYTES = 10**9
"""The write-ahead log is truncated at a few megabytes unless a reader holds an old snapshot."""

CLOCK_SLACK = timedelta(seconds=5)


def examine(settings: Settings, *, free: Free = free_bytes) -> Iterator[CheckResult]:
    """Yield the results, slow checks last."""
    file = file_of(settings.database)
    yield (result := _database(file, settings.home, free) if file else _server(settings, free))
    readable = not result.wrong and (file is None or file.exists())
    if readable and (data := _data(settings)) is not None:
        yield data
    yield _clock(settings.database if readable else None, now=datetime.now(UTC))
    yield _broker(settings)
    if settings.home.exists():
        yield _home(settings)
    yield machine.disk(settings.home)
    yield from machine.devices(settings)


def _home(settings: Settings) -> CheckResult:
    home, may = settings.home, settings.group_may_read
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return CheckResult("home", f"{home} is not writable by this user", "Run as its owner, or set SKIPLAB_HOME.")
    if mode := too_open(home, group_may_read=may):
        who = "all users" if may else "its group, or all users,"
        message = f"{home} is readable by {who} of this machine ({mode})"
        return CheckResult("home", message, f"chmod {'o=' if may else 'go='} {home}; the next `skiplab up` does this.")
    return CheckResult("home", f"{home}, {'readable by its group' if may else 'private'}")


def _database(file: Path, home: Path, free: Free) -> CheckResult:
    if not file.exists():
        return CheckResult("database", f"none at {file} yet: the first start creates it")
    try:
        copies.check(file, thorough=True)
        check_revision(file, called=str(file))
    except DatabaseDamaged as error:
        return CheckResult(
            "database", f"{file} is damaged: {error.found}", "Stop Skiplab, then `skiplab restore FILE`."
        )
    except DatabaseUnusable as error:
        return CheckResult("database", str(error), "Free disk space, or stop the process that holds the file.")
    except NewerDatabase as error:
        return CheckResult("database", str(error), "Upgrade Skiplab.")
    revision, wal = copies.revision(file), Path(f"{file}-wal")
    log_bytes = wal.stat().st_size if wal.exists() else 0
    message = (
        f"{copies.count_runs(file):,} runs, intact, revision {revision}, {filesize.decimal(file.stat().st_size)}"
        f" and {filesize.decimal(log_bytes)} of write-ahead log"
    )
    if log_bytes > LARGE_LOG_BYTES:
        return CheckResult(
            "database", message, "A long-running reader keeps the log from being truncated: restart Skiplab."
        )
    with closing(Database(f"sqlite:///{file}")) as database:
        if is_current(database):
            return CheckResult("database", message)
        try:
            check_room(database, places.backups(home), free=free)
        except NoRoom as error:
            return _no_room(message, error)
    return CheckResult("database", f"{message}; the next start upgrades it, after a backup")


def _no_room(message: str, error: NoRoom) -> CheckResult:
    return CheckResult("database", f"{message}; the next start could not upgrade it", str(error))


def _server(settings: Settings, free: Free) -> CheckResult:
    with closing(Database(settings.database)) as database:
        try:
            check_server(database)
            message = servers.describe(database)
            if not is_current(database):
                check_room(database, places.backups(settings.home), free=free)
                message += "; the next start creates or upgrades its tables"
        except NoRoom as error:
            return _no_room(message, error)
        except (DatabaseBusy, DatabaseUnusable) as error:
            return CheckResult("database", str(error), "Start the server, or correct SKIPLAB_DATABASE_URL.")
        except NewerDatabase as error:
            return CheckResult("database", str(error), "Upgrade Skiplab.")
    try:
        dumps.find_program("pg_dump")
    except CannotDump as error:
        return CheckResult("database", message, f"Backups and upgrades are not possible: {error}")
    return CheckResult("database", message)


def _data(settings: Settings) -> CheckResult | None:
    """Check that the images of unfinished runs are on this machine. None before an upgrade."""
    with closing(Database(settings.database)) as database:
        if not is_current(database):
            return None
        with database.read() as session:
            wanted = versions.wanted(session)
    lacking = [
        f"{version_in_words(row.number, row.sha256)} of {row.key}"
        for row in wanted
        if row.provenance in ("imported", "unverified")
        and dataset_store.find(settings.home, row.key, number=row.number, sha256=row.sha256) is None
    ]
    here = [card for key in dataset_store.keys(settings.home) for card in dataset_store.versions(settings.home, key)]
    message = f"{len(here)} versions of data sets in {settings.home}"
    if damaged := [card.error for card in here if card.error is not None]:
        return CheckResult("data", message, " ".join(damaged))
    if lacking:
        message += f"; missing {', '.join(lacking)}, needed by unfinished runs"
        return CheckResult(
            "data", message, "Import the same images again, or cancel the runs if no other host has them."
        )
    return CheckResult("data", message)


def _clock(url: str | None, *, now: datetime) -> CheckResult:
    newest = _newest_event(url) if url else None
    message = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if newest is not None and newest > now + CLOCK_SLACK:
        return CheckResult(
            "clock",
            f"{message}, but the newest event is from {newest:%Y-%m-%d %H:%M:%S}",
            "The clock was set back, or was ahead: use NTP. Displayed times depend on it, leases do not.",
        )
    return CheckResult("clock", message)


def _newest_event(url: str) -> datetime | None:
    with closing(Database(url)) as database:
        # Before an upgrade the table may differ.
        if not is_current(database):
            return None
        with database.read() as session:
            return events.latest_time(session)


def _broker(settings: Settings) -> CheckResult:
    if settings.broker_url:
        notifier = CeleryNotifier(settings.broker)
        try:
            if notifier.answers():
                return CheckResult("broker", "the broker at SKIPLAB_BROKER_URL responds")
        finally:
            notifier.close()
        # Not its URL, which may contain a password.
        return CheckResult(
            "broker", "the broker at SKIPLAB_BROKER_URL does not respond", "Start it, or unset SKIPLAB_BROKER_URL."
        )
    try:
        embedded = find_server()
    except NoBroker as error:
        return CheckResult("broker", "none", str(error))
    if not is_held(settings.home):
        return CheckResult("broker", f"Skiplab is not running; it will start {embedded}")
    answers = answers_at(settings.home)
    if answers is None:
        return CheckResult("broker", "Skiplab is running; its broker was not checked: no socket in the home folder")
    if answers:
        return CheckResult("broker", "the embedded broker responds")
    return CheckResult("broker", "Skiplab is running, but its embedded broker does not respond", "Restart Skiplab.")
