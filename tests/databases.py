"""The databases that a lab may stand on. A mark is for a test, or by `pytestmark` for a whole file."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlmodel import Session

from backend.db.database import Database

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

BOTH_IN_TIME = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
"""For what decides more than it asks of the database: on PostgreSQL, `make test-long` sees that it holds."""


def fail_reads(monkeypatch: pytest.MonkeyPatch, failures: list[Exception]) -> None:
    """Have the next transactions that read raise these, the last first; each that was raised is taken off the list."""
    read = Database.read

    @contextmanager
    def read_or_fail(database: Database) -> Iterator[Session]:
        if failures:
            raise failures.pop()
        with read(database) as session:
            yield session

    monkeypatch.setattr(Database, "read", read_or_fail)
