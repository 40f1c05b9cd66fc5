"""Prepared statements store what SQLAlchemy would store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select

from backend.db.column_types import JSON_OR_NULL, SafeText, UtcDateTime, UtcMicroseconds
from backend.db.database import Database, Session
from backend.db.prepared import Prepared, PreparedRow
from tests.databases import BOTH

NOTES = Table(
    "note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", SafeText),
    Column("facts", JSON_OR_NULL),
    Column("time", UtcDateTime),
    Column("precise", UtcMicroseconds),
)
TIME = datetime(2026, 11, 30, 12, 0, 0, 123456, UTC)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "a\0b", "facts": {"a": [1, None]}, "time": TIME, "precise": TIME},
    {"id": 2, "text": None, "facts": None, "time": None, "precise": None},
]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as session:
        NOTES.create(session.connection())
        yield session


@BOTH
@pytest.mark.parametrize("count", [0, 1, 2])
def test_values_as_they_are_stored_are_not_converted(session: Session, count: int) -> None:
    """Whatever the order of the columns."""
    connection = session.connection()
    rows = [(1_000_000 * number, "a text", number) for number in range(count)]

    Prepared(lambda _: NOTES.insert()).execute_stored(connection, ("precise", "text", "id"), rows)

    stored = connection.execute(select(NOTES.c.id, NOTES.c.text, NOTES.c.precise).order_by(NOTES.c.id)).all()
    assert [tuple(row) for row in stored] == [
        (n, "a text", datetime(1970, 1, 1, 0, 0, n, 0, UTC)) for n in range(count)
    ]


@BOTH
@pytest.mark.parametrize("count", [1, 2])
def test_rows_are_stored_as_by_sqlalchemy(session: Session, count: int) -> None:
    connection = session.connection()
    Prepared(lambda _: NOTES.insert()).execute(connection, ROWS[:count])
    stored = connection.execute(select(NOTES).order_by(NOTES.c.id)).all()
    connection.execute(NOTES.delete())

    connection.execute(insert(NOTES), ROWS[:count])
    assert stored == connection.execute(select(NOTES).order_by(NOTES.c.id)).all()


@BOTH
def test_other_columns_and_constants_are_compiled_anew(session: Session) -> None:
    connection = session.connection()
    connection.execute(insert(NOTES), ROWS)
    update = Prepared(lambda _: NOTES.update().where(NOTES.c.id == bindparam("of_id"), NOTES.c.text.is_(None)))

    update.execute(connection, [{"of_id": 1, "text": "refused"}, {"of_id": 2, "text": "taken"}])
    first, second = connection.execute(select(NOTES.c.text).order_by(NOTES.c.id)).scalars()
    assert (first != "refused", second) == (True, "taken")

    Prepared(lambda _: NOTES.update().where(NOTES.c.id == 2)).execute(connection, [{"facts": {"new": 1}}])
    assert connection.execute(select(NOTES.c.text, NOTES.c.facts).where(NOTES.c.id == 2)).one() == ("taken", {"new": 1})


def test_a_table_whose_defaults_are_computed_by_sqlalchemy_is_refused(session: Session) -> None:
    counted = Table(
        "counted", MetaData(), Column("id", Integer, primary_key=True), Column("number", Integer, default=7)
    )

    with pytest.raises(AssertionError, match="defaults of columns"):
        Prepared(lambda _: counted.insert()).execute(session.connection(), [{"id": 1}])


@BOTH
def test_a_row_is_read_as_by_sqlalchemy(session: Session) -> None:
    connection = session.connection()
    connection.execute(insert(NOTES), ROWS)
    statement = select(NOTES).where(NOTES.c.id == bindparam("of_id"))
    prepared = PreparedRow(statement)

    for row in (1, 2):
        expected = dict(connection.execute(statement, {"of_id": row}).mappings().one())
        assert prepared.first(connection, {"of_id": row}) == expected
    assert prepared.first(connection, {"of_id": 3}) is None
