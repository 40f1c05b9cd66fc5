"""Whole numbers have 64 bits on either database; PostgreSQL's INTEGER has 32, and the stream would run out of ids."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Column, Integer

# On SQLite INTEGER has 64 bits, and only under that name it counts ids up.
WHOLE = BigInteger().with_variant(Integer(), "sqlite")


def widen(columns: Iterable[Column[int]]) -> None:
    for column in columns:
        if type(column.type) is Integer:
            column.type = WHOLE
