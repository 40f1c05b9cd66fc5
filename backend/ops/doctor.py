"""`skiplab doctor`: looks at everything a lab stands on, changes nothing, and says what to do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich import filesize

from backend.broker import NoBroker, answers_at, find_server
from backend.db import copies, events
from backend.db.copies import DatabaseDamaged
from backend.db.database import Database, DatabaseUnusable, file_of
from backend.db.migration import NewerDatabase, check_revision, is_current
from backend.ops import machine
from backend.ops.finding import Finding
from backend.queue import CeleryQueue
from backend.settings import Settings
from backend.supervisor.start import is_held

LARGE_LOG_BYTES = 10**9
"""The write-ahead log is emptied at a few megabytes unless somebody reads one old view of the data all the time."""

CLOCK_SLACK = timedelta(seconds=5)


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding after another; those that take long come last."""
    file = file_of(settings.database)
    assert file is not None, "the settings let nothing but SQLite through"
    yield (database := _database(file))
    yield _clock(file, readable=not database.wrong, now=datetime.now(UTC))
    yield _broker(settings)
    yield machine.disk(settings.home)
    yield from machine.devices(settings)


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
    database = Database(f"sqlite:///{file}")
    try:
        return is_current(database)
    finally:
        database.close()


def _clock(file: Path, *, readable: bool, now: datetime) -> Finding:
    newest = _newest_event(file) if readable and file.exists() else None
    says = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if newest is not None and newest > now + CLOCK_SLACK:
        return Finding(
            "clock",
            f"{says}, but the lab's newest event is of {newest:%Y-%m-%d %H:%M:%S}",
            "The clock went back, or was ahead: set it by NTP. Leases do not depend on it; times shown do.",
        )
    return Finding("clock", says)


def _newest_event(file: Path) -> datetime | None:
    database = Database(f"sqlite:///{file}")
    try:
        # Before an upgrade the table may be another one.
        if not is_current(database):
            return None
        with database.read() as session:
            return events.latest_time(session)
    finally:
        database.close()


def _broker(settings: Settings) -> Finding:
    if settings.broker_url:
        queue = CeleryQueue(settings.broker_url)
        try:
            if queue.answers():
                return Finding("broker", "the one at SKIPLAB_BROKER_URL answers")
        finally:
            queue.close()
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
