"""The queue order has its own endpoint, since one change affects all runs behind."""

from collections.abc import Callable

import pytest
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


@pytest.mark.usefixtures("worker_id")
def test_a_higher_priority_is_started_first_and_a_lower_one_last(api: TestClient) -> None:
    spec = {"model": "cnn", "dataset": "digits"}
    low, normal, high = (
        api.post("/api/v1/runs", json={**spec, **given}).json()
        for given in ({"priority": "low"}, {}, {"priority": "high"})
    )
    assert [low["priority"], normal["priority"], high["priority"]] == ["low", "normal", "high"]
    assert api.get("/api/v1/queue").json()["items"] == [high["id"], normal["id"], low["id"]]
    assert api.post("/api/v1/runs", json={**spec, "priority": "urgent"}).status_code == 422

    raised = api.patch(f"/api/v1/runs/{low['id']}", json={"priority": "high"}).json()
    assert (raised["priority"], raised["queue_position"]) == ("high", 1)


@pytest.mark.usefixtures("worker_id")
def test_a_moved_run_takes_the_priority_of_its_new_place_and_leaves_the_others_theirs(api: TestClient) -> None:
    spec = {"model": "cnn", "dataset": "digits"}
    high, normal, low = (
        api.post("/api/v1/runs", json={**spec, "priority": each}).json()["id"] for each in ("high", "normal", "low")
    )

    moved = api.post(f"/api/v1/runs/{low}/move", json={"to": "front"}).json()

    assert (moved["priority"], moved["queue_position"]) == ("high", 1)
    assert api.get("/api/v1/queue").json()["items"] == [low, high, normal]
    assert api.get(f"/api/v1/runs/{normal}").json()["priority"] == "normal"
    assert api.post(f"/api/v1/runs/{high}/move", json={"to": "back"}).json()["priority"] == "normal"
    assert api.get("/api/v1/queue").json()["items"] == [low, normal, high]


def test_an_event_describes_only_its_own_run_without_its_queue_position(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    queued()
    waiting = queued()
    claim()
    with database.read() as session:
        (published,) = [row.payload for row in events.since(session, after=0) if row.run_id == waiting]
    assert '"queue_position":null' in published
