"""Revisions of the schema, read without Alembic, whose import takes longer than everything else that a start does to
the database."""

from functools import cache
from pathlib import Path

from sqlalchemy import inspect
from sqlmodel import Session

MIGRATIONS = Path(__file__).parent / "migrations"

TABLE = "alembic_version"


def of(session: Session) -> str | None:
    """Return the revision of a database; None before the first migration."""
    connection = session.connection()
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {TABLE}").scalar_one_or_none()


def is_current(session: Session) -> bool:
    """Return whether the database has the revision of this code: after an upgrade, workers of the old version may
    still be running."""
    return of(session) == head()


def head() -> str:
    """Return the revision of this code."""
    return known()[-1]


@cache
def known() -> tuple[str, ...]:
    """Return the revisions that this code knows, in order: each migration's file name begins with its revision."""
    return tuple(sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))
