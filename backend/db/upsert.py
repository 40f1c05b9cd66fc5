"""Rows that overwrite those with the same primary key, all in one statement."""

from collections.abc import Callable, Sequence

import sqlalchemy
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""The same words in both, but no part of what all databases share."""


def upsert(session: Session, table: type[SQLModel], rows: Sequence[SQLModel]) -> None:
    if not rows:
        return
    target = sqlalchemy.inspect(table).local_table
    assert isinstance(target, Table)
    insert = INSERT[session.get_bind().dialect.name](target)
    keys = [column.name for column in target.primary_key]
    values = {column.name: insert.excluded[column.name] for column in target.columns if column.name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=values)
    session.connection().execute(statement, [row.model_dump() for row in rows])
