"""Halves of characters, such as names of files that are not UTF-8 leave behind, do not fail what they are read with."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.db import records
from backend.db.database import Database, TextRefused
from backend.db.tables import DatasetTable, RunTable, utc_now
from tests.databases import BOTH

MARK = "\N{REPLACEMENT CHARACTER}"


@BOTH
@pytest.mark.usefixtures("worker_id")
def test_a_stored_surrogate_is_read_as_a_replacement_character(database: Database) -> None:
    with database.write() as session:
        card = session.get_one(DatasetTable, "digits")
        card.card = {**card.card, "classes": ["caf\udce9", "\\ud800", "😀"]}
    with database.read() as session:
        assert session.get_one(DatasetTable, "digits").card["classes"] == [f"caf{MARK}", "\\ud800", "😀"]


@BOTH
def test_a_log_keeps_any_line(
    database: Database, api: TestClient, queued: Callable[[], int], claim: Callable[[], object]
) -> None:
    run_id = queued()
    claim()
    with database.write() as session:
        records.log(session, run_id, 1, [(utc_now(), "info", "caf\udce9\0")])

    assert api.get(f"/api/v1/runs/{run_id}/logs").json()["items"][-1]["text"] == f"caf{MARK}{MARK}"
    with pytest.raises(TextRefused), database.write() as session:
        session.get_one(RunTable, run_id).name = "caf\udce9"
