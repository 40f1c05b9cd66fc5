"""Alembic's entry point: run the migrations on the connection given by `backend.db.migration`."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlmodel import SQLModel

from backend.db import tables  # noqa: F401  # fills SQLModel.metadata
from backend.db.dialects import widen


class WideIntegerImpl(PostgresqlImpl):
    """Gives sa.Integer in migrations 64 bits, as in the tables. Alembic finds the class by its dialect name."""

    __dialect__ = "postgresql"

    def create_table(self, table: sa.Table, **given: Any) -> None:
        widen(table.columns)
        super().create_table(table, **given)

    def add_column(self, table_name: str, column: sa.Column[Any], **given: Any) -> None:
        widen([column])
        super().add_column(table_name, column, **given)


connection = context.config.attributes["connection"]
# render_as_batch: SQLite alters tables by copying them.
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
