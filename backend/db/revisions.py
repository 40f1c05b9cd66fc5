"""Revisions of the schema, read without Alembic, whose import takes longer than everything else that a start does to
the database; of a file without SQLAlchemy too, which `skiplab up` need not import."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from backend.db import copies

if TYPE_CHECKING:
    from sqlmodel import Session

MIGRATIONS = Path(__file__).parent / "migrations"

TABLE = "alembic_version"


class NewerDatabase(Exception):
    """The database was written by a later version of Skiplab."""


def of(session: "Session") -> str | None:
    """Return the revision of a database; None before the first migration."""
    from sqlalchemy import inspect

    connection = session.connection()
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {TABLE}").scalar_one_or_none()


def is_current(session: "Session") -> bool:
    """Return whether the database has the revision of this code: after an upgrade, workers of the old version may
    still be running."""
    return of(session) == head()


def check_file(file: Path) -> str | None:
    """Check that this version can use the file, and return its revision; None if it does not exist or is empty.

    Raises NewerDatabase, DatabaseDamaged.
    """
    if not file.exists():
        return None
    copies.check(file)
    return check_revision(file, called=str(file))


def check_revision(file: Path, *, called: str) -> str | None:
    """Check the revision of a file, and return it. Raises NewerDatabase, DatabaseDamaged."""
    return check_known(copies.revision(file), called=called)


def check_known(present: str | None, *, called: str) -> str | None:
    """Check that this version knows the revision, and return it. Raises NewerDatabase."""
    if present is not None and present not in known():
        raise NewerDatabase(
            f"The database {called} is at revision {present}, which this version of Skiplab does not know:"
            " it was written by a later version. Upgrade Skiplab, or set SKIPLAB_HOME to another folder."
        )
    return present


def head() -> str:
    """Return the revision of this code."""
    return known()[-1]


@cache
def known() -> tuple[str, ...]:
    """Return the revisions that this code knows, in order: each migration's file name begins with its revision."""
    return tuple(sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))
