"""Bring the database to the revision that this code knows. Only the backend migrates; workers wait."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock

from backend.db.database import Database

POLL_SECONDS = 0.2


class NewerDatabase(Exception):
    """The database was written by a later version of the lab."""


def migrate(database: Database) -> None:
    """Upgrade under a lock, so that two backends that start together do it once.

    Raises NewerDatabase.
    """
    with FileLock(f"{database.file}.migrate.lock"), database.engine.connect() as connection:
        config = _config()
        present = MigrationContext.configure(connection).get_current_revision()
        if present is not None and present not in _known(config):
            raise NewerDatabase(
                f"The database {database.url} is at revision {present}, which this version of Skiplab does not know:"
                " it was written by a later version. Upgrade Skiplab, or set SKIPLAB_HOME to another folder."
            )
        connection.rollback()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    with database.read() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() == _head()


def wait_until_current(database: Database, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return once the backend has brought the database to the revision this code knows."""
    while not is_current(database):
        sleep(POLL_SECONDS)


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _known(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
