"""Differences between SQLite and PostgreSQL: upserts, lists in JSON columns, 64-bit integers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, Column, Integer, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, SQLModel

WIDE = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: PostgreSQL's INTEGER has 32, and event ids would run out. SQLite's has 64, and autoincrement works
only with that name."""


def widen(columns: Iterable[Column[int]]) -> None:
    for column in columns:
        if type(column.type) is Integer:
            column.type = WIDE


INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""`ON CONFLICT` has the same syntax in both, but is not part of SQLAlchemy's generic insert."""


def upsert(session: Session, table: type[SQLModel], rows: Sequence[SQLModel]) -> None:
    """Insert rows in one statement, overwriting those with the same primary key."""
    if not rows:
        return
    target = sqlalchemy.inspect(table).local_table
    assert isinstance(target, Table)
    insert = INSERT[session.get_bind().dialect.name](target)
    keys = [column.name for column in target.primary_key]
    values = {column.name: insert.excluded[column.name] for column in target.columns if column.name not in keys}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=values)
    session.connection().execute(statement, [row.model_dump() for row in rows])


class json_texts(GenericFunction[str]):  # noqa: N801  # a function, as those of `sqlalchemy.func`
    """Expand a list of strings in a JSON column to rows. Use with `.table_valued("value")`."""

    inherit_cache = True


@compiles(json_texts, "sqlite")
def _sqlite(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each{compiler.function_argspec(function, **given)}"


@compiles(json_texts, "postgresql")
def _postgresql(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements_text{compiler.function_argspec(function, **given)}"
