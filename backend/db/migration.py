"""Upgrade the database to the revision of this code. Only the backend migrates; workers wait."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from backend.db import revisions, upgrade_copy
from backend.db.database import Database
from backend.db.progress import ATTRIBUTE, Progress
from backend.db.revisions import NewerDatabase, check_known
from backend.db.room import Free, free_bytes

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2

QUIET_SECONDS = 5.0
"""An upgrade of a small database by a backend that starts with the worker takes less."""


def migrate(
    database: Database,
    *,
    copies_in: Path | None = None,
    progress: Progress | None = None,
    free: Free = free_bytes,
) -> None:
    """Upgrade under a lock, so that two backends starting together do it once. A database with runs is copied first.

    `copies_in`: the folder for copies, by default next to the SQLite file. Raises NewerDatabase, NoRoom, CannotCopy,
    CannotDump, DatabaseDamaged, DatabaseBusy, DatabaseUnusable, UpgradeStopped; nothing was changed then.
    """
    progress = progress or Progress()
    if _known_revision(database) == revisions.head():
        return
    with database.migrating() as connection:
        present = _known_revision(database)
        if present == revisions.head():
            return
        copy = None if present is None else _copy_before_upgrade(database, present, copies_in, progress, free)
        try:
            _upgrade(connection, progress)
            if present is not None:
                progress.begin("committing")
        except Exception:
            if copy is not None:
                upgrade_copy.discard(database, copy)
            raise
    log.info("the database %s is at revision %s", database.name, revisions.head())


def check_room(database: Database, copies_in: Path | None = None, *, free: Free = free_bytes) -> None:
    """Check that there is room for the upgrade that the next start makes, if any. Raises NoRoom."""
    folder = _folder(database, copies_in)
    if folder is not None and is_older(database) and _holds_runs(database):
        upgrade_copy.check_room(database, str(_revision(database)), folder, free=free)


def check_server(database: Database) -> None:
    """Check a server's database. Raises NewerDatabase, DatabaseUnreachable, DatabaseUnusable."""
    check_known(_revision(database), called=database.name)


def is_current(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    return _revision(database) == revisions.head()


def is_older(database: Database) -> bool:
    """Return whether the database has to be upgraded, which may take minutes; creating one does not."""
    if database.file is not None and not database.file.exists():
        return False
    present = _revision(database)
    return present in revisions.known() and present != revisions.head()


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
    if logged is not None:
        log.info("the database is at revision %s: no longer waiting", revisions.head())


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
        " a backend of this version upgrades it when it starts, and reports its progress at /readyz"
    )


def _revision(database: Database) -> str | None:
    with database.read() as session:
        return revisions.of(session)


def _known_revision(database: Database) -> str | None:
    """Return the revision. Raises NewerDatabase."""
    return check_known(_revision(database), called=database.name)


def _copy_before_upgrade(
    database: Database, present: str, copies_in: Path | None, progress: Progress, free: Free
) -> Path | None:
    folder = _folder(database, copies_in)
    if folder is None or not _holds_runs(database):
        return None
    upgrade_copy.check_room(database, present, folder, free=free)
    progress.begin("making a copy")
    copy = upgrade_copy.make(database, present, folder)
    log.info("upgrading the database from revision %s to %s; copy: %s", present, revisions.head(), copy)
    return copy


def _folder(database: Database, copies_in: Path | None) -> Path | None:
    return copies_in or (database.file.parent / "backups" if database.file else None)


def _holds_runs(database: Database) -> bool:
    with database.read() as session:
        return session.connection().exec_driver_sql("SELECT 1 FROM run LIMIT 1").first() is not None


def _upgrade(connection: Connection, progress: Progress) -> None:
    # Imported here: most starts need no upgrade.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(revisions.MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes[ATTRIBUTE] = progress
    command.upgrade(config, "head")
