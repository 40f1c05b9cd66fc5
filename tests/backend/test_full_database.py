"""A full disk, and a damaged database, under the running service."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from backend.db.database import Database

RUN = {"model": "cnn", "dataset": "digits"}


@contextmanager
def full(engine: Engine | type[Engine], *, spare: int = 0) -> Iterator[None]:
    """Limit new connections to `spare` more pages, after which they get a real SQLITE_FULL."""

    def limit(connection: Any, _record: Any) -> None:
        (count,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {count + spare}")

    event.listen(engine, "connect", limit)
    if isinstance(engine, Engine):
        engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        if isinstance(engine, Engine):
            engine.dispose()


def fill(api: TestClient) -> int:
    """Submit until the response is not 201; return its status."""
    for _ in range(300):
        answer = api.post("/api/v1/runs", json={**RUN, "name": "a run " * 30})
        if answer.status_code != 201:
            assert "database or disk is full" in answer.json()["detail"]
            assert answer.headers["Retry-After"] == "30"
            return answer.status_code
    return 201


def engine_of(api: TestClient) -> Engine:
    assert isinstance(api.app, FastAPI)
    engine: Engine = api.app.state.database.engine
    return engine


@pytest.mark.usefixtures("worker_id")
def test_a_full_database_answers_reads_refuses_writes_and_goes_on_when_there_is_room(
    api: TestClient, database: Database
) -> None:
    with full(engine_of(api)):
        assert fill(api) == 503
        kept = api.get("/api/v1/runs").json()["total"]

    assert api.post("/api/v1/runs", json=RUN).status_code == 201
    assert api.get("/api/v1/runs").json()["total"] == kept + 1
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_damaged_page_is_reported_and_no_data_is_invented(
    api: TestClient, database: Database, queued: Callable[..., int]
) -> None:
    for _ in range(30):
        queued()
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.file.open("r+b") as file:
        file.seek(size)
        file.write(b"\xa5" * (database.file.stat().st_size - size))
    engine_of(api).dispose()  # what it remembers of the pages

    answer = api.get("/api/v1/runs")

    assert answer.status_code == 503
    assert "malformed" in answer.json()["detail"]
