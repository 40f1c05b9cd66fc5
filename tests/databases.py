"""The supported databases, as marks for a test or, by `pytestmark`, a file."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlmodel import Session

from backend.db.database import Database

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

BOTH_IN_TIME = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
"""For logic with few queries: on PostgreSQL only in `make test-long`."""


def fail_reads(monkeypatch: pytest.MonkeyPatch, failures: list[Exception]) -> None:
    """Make the next read transactions raise these errors, last first, removing each from the list."""
    read = Database.read

    @contextmanager
    def read_or_fail(database: Database) -> Iterator[Session]:
        if failures:
            raise failures.pop()
        with read(database) as session:
            yield session

    monkeypatch.setattr(Database, "read", read_or_fail)
