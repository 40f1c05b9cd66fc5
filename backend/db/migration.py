"""Bring the database to the revision that this code knows. Only the backend migrates; workers wait."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock

from backend.db import copies
from backend.db.database import Database

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2


class NewerDatabase(Exception):
    """The database was written by a later version of the lab."""


def migrate(database: Database) -> None:
    """Upgrade under a lock, so that two backends that start together do it once; what holds runs is copied before.

    Raises NewerDatabase, DatabaseDamaged.
    """
    with FileLock(f"{database.file}.migrate.lock"), database.engine.connect() as connection:
        config = _config()
        present = MigrationContext.configure(connection).get_current_revision()
        _check_known(database.url, present)
        connection.rollback()
        if database.file is not None and present not in (None, _head()):
            _copy_before_upgrade(database.file, present)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(file: Path) -> None:
    """Whether this version can use the file, if there is one. Raises NewerDatabase, DatabaseDamaged."""
    if file.exists():
        copies.check(file)
        check_revision(file, called=str(file))


def check_revision(file: Path, *, called: str) -> None:
    """Raises NewerDatabase, DatabaseDamaged."""
    _check_known(called, copies.revision(file))


def is_current(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    with database.read() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() == _head()


def wait_until_current(database: Database, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return once the backend has brought the database to the revision this code knows."""
    while not is_current(database):
        sleep(POLL_SECONDS)


def _check_known(name: str, present: str | None) -> None:
    if present is not None and present not in _known(_config()):
        raise NewerDatabase(
            f"The database {name} is at revision {present}, which this version of Skiplab does not know:"
            " it was written by a later version. Upgrade Skiplab, or set SKIPLAB_HOME to another folder."
        )


def _copy_before_upgrade(file: Path, present: str | None) -> None:
    if copies.count_runs(file) == 0:
        return
    copy = file.parent / "backups" / f"before-upgrade-from-{present}-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    copy.parent.mkdir(exist_ok=True)
    aside = copy.with_suffix(".part")
    copies.copy(file, aside)
    aside.replace(copy)
    log.info("the database is upgraded from revision %s; as it was: %s", present, copy)


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _known(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
