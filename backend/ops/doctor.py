"""`skiplab doctor`: looks at everything a lab stands on, changes nothing, and says what to do."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich import filesize

from backend.broker import NoBroker, answers_at, find_server
from backend.db import copies, dumps, events, servers, versions
from backend.db.copies import DatabaseDamaged
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, file_of
from backend.db.dumps import CannotDump
from backend.db.migration import NewerDatabase, check_revision, check_server, is_current
from backend.notifier import CeleryNotifier
from backend.ops import machine
from backend.ops.finding import Finding
from backend.settings import Settings
from backend.supervisor.start import is_held
from skiplab.contract import shelf
from skiplab.contract.catalog import version_in_words
from skiplab.contract.private import too_open

LARGE_LOG_BYTES = 10**9
"""The write-ahead log is emptied at a few megabytes unless somebody reads one old view of the data all the time."""

CLOCK_SLACK = timedelta(seconds=5)


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding after another; those that take long come last."""
    file = file_of(settings.database)
    yield (finding := _database(file) if file else _server(settings))
    readable = not finding.wrong and (file is None or file.exists())
    if readable and (data := _data(settings)) is not None:
        yield data
    yield _clock(settings.database if readable else None, now=datetime.now(UTC))
    yield _broker(settings)
    if settings.home.exists():
        yield _home(settings)
    yield machine.disk(settings.home)
    yield from machine.devices(settings)


def _home(settings: Settings) -> Finding:
    home, may = settings.home, settings.group_may_read
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Finding("home", f"{home} is not yours to write to", "Run as its owner, or set SKIPLAB_HOME.")
    if mode := too_open(home, group_may_read=may):
        who = "all users" if may else "its group, or all users,"
        says = f"{home} can be read by {who} of this machine ({mode})"
        return Finding("home", says, f"chmod {'o=' if may else 'go='} {home}; the next `skiplab up` does it.")
    return Finding("home", f"{home}, which {'its group may read' if may else 'is yours alone'}")


def _database(file: Path) -> Finding:
    if not file.exists():
        return Finding("database", f"none at {file} yet: the first start makes it")
    try:
        copies.check(file, thorough=True)
        check_revision(file, called=str(file))
    except DatabaseDamaged as error:
        return Finding("database", f"{file} is damaged: {error.found}", "Stop the lab, then `skiplab restore FILE`.")
    except DatabaseUnusable as error:
        return Finding("database", str(error), "Make room, or end what holds the file.")
    except NewerDatabase as error:
        return Finding("database", str(error), "Upgrade Skiplab.")
    revision, wal = copies.revision(file), Path(f"{file}-wal")
    log_bytes = wal.stat().st_size if wal.exists() else 0
    says = (
        f"{copies.count_runs(file):,} runs, sound, revision {revision}, {filesize.decimal(file.stat().st_size)}"
        f" and {filesize.decimal(log_bytes)} of write-ahead log"
    )
    if log_bytes > LARGE_LOG_BYTES:
        return Finding("database", says, "The log does not get shorter while somebody reads: restart the lab.")
    return Finding("database", says if _current(file) else f"{says}; the next start upgrades it, after a copy")


def _current(file: Path) -> bool:
    with closing(Database(f"sqlite:///{file}")) as database:
        return is_current(database)


def _server(settings: Settings) -> Finding:
    with closing(Database(settings.database)) as database:
        try:
            check_server(database)
            says = servers.describe(database)
            if not is_current(database):
                says += "; the next start makes or upgrades its tables"
        except (DatabaseBusy, DatabaseUnusable) as error:
            return Finding("database", str(error), "Start its server, or mend SKIPLAB_DATABASE_URL.")
        except NewerDatabase as error:
            return Finding("database", str(error), "Upgrade Skiplab.")
    try:
        dumps.find_program("pg_dump")
    except CannotDump as error:
        return Finding("database", says, f"No backup can be made of it, and no upgrade: {error}")
    return Finding("database", says)


def _data(settings: Settings) -> Finding | None:
    """Whether runs that may still train find their images here. None before an upgrade."""
    with closing(Database(settings.database)) as database:
        if not is_current(database):
            return None
        with database.read() as session:
            wanted = versions.wanted(session)
    lacking = [
        f"{version_in_words(row.number, row.sha256)} of {row.key}"
        for row in wanted
        if row.provenance in ("imported", "unverified")
        and shelf.find(settings.home, row.key, number=row.number, sha256=row.sha256) is None
    ]
    here = [card for key in shelf.keys(settings.home) for card in shelf.versions(settings.home, key)]
    says = f"{len(here)} versions of data sets in {settings.home}"
    if damaged := [card.error for card in here if card.error is not None]:
        return Finding("data", says, " ".join(damaged))
    if lacking:
        says += f", not {', '.join(lacking)}, which runs wait for"
        return Finding("data", says, "Import the same images again, or cancel these runs; on another host they may be.")
    return Finding("data", says)


def _clock(url: str | None, *, now: datetime) -> Finding:
    newest = _newest_event(url) if url else None
    says = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if newest is not None and newest > now + CLOCK_SLACK:
        return Finding(
            "clock",
            f"{says}, but the lab's newest event is of {newest:%Y-%m-%d %H:%M:%S}",
            "The clock went back, or was ahead: set it by NTP. Leases do not depend on it; times shown do.",
        )
    return Finding("clock", says)


def _newest_event(url: str) -> datetime | None:
    with closing(Database(url)) as database:
        # Before an upgrade the table may be another one.
        if not is_current(database):
            return None
        with database.read() as session:
            return events.latest_time(session)


def _broker(settings: Settings) -> Finding:
    if settings.broker_url:
        notifier = CeleryNotifier(settings.broker)
        try:
            if notifier.answers():
                return Finding("broker", "the one at SKIPLAB_BROKER_URL answers")
        finally:
            notifier.close()
        # Not its address: it may hold a password.
        return Finding(
            "broker", "the one at SKIPLAB_BROKER_URL does not answer", "Start it, or unset SKIPLAB_BROKER_URL."
        )
    try:
        embedded = find_server()
    except NoBroker as error:
        return Finding("broker", "none", str(error))
    if not is_held(settings.home):
        return Finding("broker", f"the lab does not run; it will start {embedded}")
    answers = answers_at(settings.home)
    if answers is None:
        return Finding("broker", "the lab runs; its broker's socket is not in the lab's folder and was not asked")
    if answers:
        return Finding("broker", "the lab's own answers")
    return Finding("broker", "the lab runs, but its own broker does not answer", "Restart the lab.")
