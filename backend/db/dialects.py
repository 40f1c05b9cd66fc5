"""Differences between SQLite and PostgreSQL: upserts, lists in JSON columns, 64-bit integers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, Column, Insert, Integer, Table
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


def core(table: type[SQLModel]) -> Table:
    """Return the table of a class for statements without object mapping, which costs ten times as much."""
    target = sqlalchemy.inspect(table).local_table
    assert isinstance(target, Table)
    return target


def upsert(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one statement, overwriting those with the same primary key. Each row has the same columns."""
    if rows:
        session.connection().execute(_upsert(table, session.get_bind().dialect.name, tuple(rows[0])), rows)


@cache
def _upsert(table: type[SQLModel], dialect: str, columns: tuple[str, ...]) -> Insert:
    """Cached: composing it anew takes longer than executing it."""
    target = core(table)
    insert = INSERT[dialect](target)
    keys = [column.name for column in target.primary_key]
    values = {name: insert.excluded[name] for name in columns if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=values)


class json_texts(GenericFunction[str]):  # noqa: N801  # a function, as those of `sqlalchemy.func`
    """Expand a list of strings in a JSON column to rows. Use with `.table_valued("value")`."""

    inherit_cache = True


@compiles(json_texts, "sqlite")
def _sqlite(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each{compiler.function_argspec(function, **given)}"


@compiles(json_texts, "postgresql")
def _postgresql(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements_text{compiler.function_argspec(function, **given)}"
