"""Databases of earlier revisions, and rows as those had them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import backend.db
from backend.db.database import Database


@contextmanager
def at_revision(revision: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty database of an earlier revision, of the kind that the fixture's parameter names."""
    url = f"sqlite:///{tmp_path}/skiplab.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create()
    with closing(Database(url)) as database:
        move(database, revision)
        yield database


def insert(connection: sa.Connection, table: str, **given: object) -> None:
    """Insert a row into a table of an earlier revision; columns not given that must not be null are empty."""
    columns = sa.Table(table, sa.MetaData(), autoload_with=connection)
    empty = {"id"} | {column.name for column in columns.c if column.nullable or column.server_default is not None}
    needed = {column.name: _empty(column.type) for column in columns.c if column.name not in empty}
    connection.execute(columns.insert().values({**needed, **given}))


def _empty(kind: sa.types.TypeEngine[Any]) -> object:
    if isinstance(kind, sa.JSON):
        return {}
    return datetime(2026, 1, 1) if issubclass(kind.python_type, datetime) else kind.python_type()


def move_file(file: Path, revision: str) -> None:
    with closing(Database(f"sqlite:///{file}")) as database:
        move(database, revision)


def move(database: Database, revision: str) -> None:
    settings = config()
    with database.engine.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
        connection.commit()


def config() -> Config:
    """Return Alembic's configuration."""
    found = Config()
    found.set_main_option("script_location", str(Path(backend.db.__file__).parent / "migrations"))
    return found
