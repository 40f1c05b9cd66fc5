"""Alembic's entry: runs the migrations on the connection that `backend.db.migration` hands over."""

from alembic import context
from sqlmodel import SQLModel

from backend.db import tables  # noqa: F401  # fills SQLModel.metadata

connection = context.config.attributes["connection"]
# render_as_batch: SQLite alters tables by copying them.
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
