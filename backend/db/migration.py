"""Upgrade the database to the revision of this code. Only the backend migrates; workers wait."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from backend.db import copies, dumps, revisions
from backend.db.database import Database
from backend.db.revisions import NewerDatabase, check_known

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2

QUIET_SECONDS = 5.0
"""An upgrade of a small database by a backend that starts with the worker takes less."""


def migrate(database: Database, *, copies_in: Path | None = None) -> None:
    """Upgrade under a lock, so that two backends starting together do it once. A database with runs is backed up first.

    `copies_in`: the folder for backups, by default next to the SQLite file. Raises NewerDatabase, DatabaseDamaged,
    CannotDump.
    """
    with database.migrating() as connection:
        present = _revision(database)
        check_known(present, called=database.name)
        if present == revisions.head():
            return
        if present is not None:
            _copy_before_upgrade(database, present, copies_in)
        _upgrade(connection)


def check_server(database: Database) -> None:
    """Check a server's database. Raises NewerDatabase, DatabaseUnreachable, DatabaseUnusable."""
    check_known(_revision(database), called=database.name)


def is_current(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    return _revision(database) == revisions.head()


def wait_until_current(database: Database, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Block until the database has the revision of this code, which a backend upgrades it to; log why after a while."""
    waited, logged = 0.0, None
    while not is_current(database):
        reason = other_version(database) if waited > QUIET_SECONDS else None
        if reason is not None and reason != logged:
            log.warning("waiting: %s", reason)
            logged = reason
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def other_version(database: Database) -> str | None:
    """Return that the database is of another version than this code, and what to do; None if it is not, or empty."""
    present = _revision(database) if database.file is None or database.file.exists() else None
    if present in (None, revisions.head()):
        return None
    try:
        check_known(present, called=database.name)
    except NewerDatabase as newer:
        return str(newer)
    return (
        f"the database {database.name} is at revision {present}, and this version of Skiplab uses {revisions.head()};"
        " a backend of this version upgrades it at its start"
    )


def _revision(database: Database) -> str | None:
    with database.read() as session:
        return revisions.of(session)


def _copy_before_upgrade(database: Database, present: str, folder: Path | None) -> None:
    with database.read() as session:
        holds_runs = session.connection().exec_driver_sql("SELECT 1 FROM run LIMIT 1").first() is not None
    folder = folder or (database.file.parent / "backups" if database.file else None)
    if not holds_runs or folder is None:
        return
    kind = "db" if database.file else "dump"
    copy = folder / f"before-upgrade-from-{present}-{datetime.now(UTC):%Y%m%dT%H%M%S}.{kind}"
    folder.mkdir(exist_ok=True, parents=True)
    aside = copy.with_suffix(".part")
    if database.file:
        copies.copy(database.file, aside)
    else:
        dumps.dump(database, aside)
    aside.replace(copy)
    log.info("upgrading the database from revision %s; backup: %s", present, copy)


def _upgrade(connection: Connection) -> None:
    # Imported here: most starts need no upgrade.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
