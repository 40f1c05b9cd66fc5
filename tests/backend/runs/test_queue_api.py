"""The queue: its order is asked for, since one change moves everyone behind."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from backend.db import events
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.tables import RunTable


def test_the_queue_is_the_order_in_which_runs_are_claimed(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    first, second, urgent = queued(), queued(), queued()
    with database.write() as session:
        session.get_one(RunTable, urgent).priority = 1
    assert api.get("/api/v1/queue").json() == {"items": [urgent, first, second]}

    assert claim().run_id == urgent

    answer = api.get("/api/v1/queue")
    assert answer.json() == {"items": [first, second]}
    with database.read() as session:
        assert answer.headers["Skiplab-Event-Id"] == str(events.latest_id(session))
    places = {run["id"]: run["queue_position"] for run in api.get("/api/v1/runs").json()["items"]}
    assert places == {first: 1, second: 2, urgent: None}


def test_an_event_tells_of_its_own_run_alone_and_leaves_the_place_to_be_asked_for(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    queued()
    waiting = queued()
    claim()
    with database.read() as session:
        (told,) = [row.payload for row in events.since(session, after=0) if row.run_id == waiting]
    assert '"queue_position":null' in told
