"""Changing runs through the API: rename, archive, delete, their order in the queue, and many at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import events, metrics
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.tables import utc_now
from skiplab.contract.events import EventType
from tests.databases import BOTH
from tests.points import points_of

Queue = Callable[..., int]


def line(api: TestClient) -> list[int]:
    """Return the queued runs in claim order."""
    runs = api.get("/api/v1/runs", params={"status": "queued"}).json()["items"]
    return [run["id"] for run in sorted(runs, key=lambda run: run["queue_position"])]


def test_only_what_is_given_changes(api: TestClient, queued: Queue) -> None:
    run_id = queued()

    api.patch(f"/api/v1/runs/{run_id}", json={"tags": ["depth"], "note": "twice"})
    run = api.patch(f"/api/v1/runs/{run_id}", json={"name": "better name"}).json()

    assert (run["name"], run["tags"], run["note"], run["archived"]) == ("better name", ["depth"], "twice", False)
    assert api.patch(f"/api/v1/runs/{run_id}", json={"status": "finished"}).status_code == 422
    assert api.patch("/api/v1/runs/99", json={"name": "x"}).status_code == 404


def test_an_archived_run_is_listed_only_when_asked_for(api: TestClient, queued: Queue) -> None:
    kept, put_away = queued(), queued()
    api.patch(f"/api/v1/runs/{put_away}", json={"archived": True})

    def ids(**filters: str) -> list[int]:
        return [run["id"] for run in api.get("/api/v1/runs", params=filters).json()["items"]]

    assert (ids(), ids(archived="yes"), ids(archived="all")) == ([kept], [put_away], [put_away, kept])


@BOTH
def test_deleting_a_run_deletes_its_metrics_and_files_and_publishes_an_event(
    api: TestClient, database: Database, queued: Queue, tmp_path: Path
) -> None:
    run_id, other = queued(), queued()
    with database.write() as session:
        for owner in (run_id, other):
            metrics.store(session, [Point.of(owner, "lr", 1, 1, utc_now(), 0.1)])
    for owner in (run_id, other):
        (tmp_path / "runs" / str(owner) / "attempt-1").mkdir(parents=True)

    assert api.delete(f"/api/v1/runs/{run_id}").status_code == 204

    assert api.get(f"/api/v1/runs/{run_id}").status_code == 404
    assert [folder.name for folder in (tmp_path / "runs").iterdir()] == [str(other)]
    with database.read() as session:
        assert [row.run_id for row in points_of(session, [run_id, other])] == [other]
        last = events.since(session, after=0)[-1]
        assert (last.type, last.payload) == (EventType.REMOVED, f'{{"run":{run_id}}}')


def test_a_running_run_must_be_cancelled_before_it_can_be_deleted(
    api: TestClient, queued: Queue, claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    claim()

    answer = api.delete(f"/api/v1/runs/{run_id}")

    assert answer.status_code == 409
    assert "cancel it first" in answer.json()["detail"]


@BOTH
def test_a_queued_run_moves_to_the_front_to_the_back_and_before_another(
    api: TestClient, queued: Queue, claim: Callable[[], Claim]
) -> None:
    one, two, three = queued(), queued(), queued()

    api.post(f"/api/v1/runs/{three}/move", json={"to": "front"})
    assert line(api) == [three, one, two]
    api.post(f"/api/v1/runs/{three}/move", json={"to": "back"})
    assert line(api) == [one, two, three]
    moved = api.post(f"/api/v1/runs/{three}/move", json={"before": two}).json()
    assert line(api) == [one, three, two]
    assert moved["queue_position"] == 2

    late = queued()
    assert line(api) == [one, three, two, late]
    assert claim().run_id == one


def test_a_run_without_a_place_in_the_queue_cannot_move(
    api: TestClient, queued: Queue, claim: Callable[[], Claim]
) -> None:
    running, waiting = queued(), queued()
    claim()

    assert api.post(f"/api/v1/runs/{running}/move", json={"to": "front"}).status_code == 409
    assert api.post(f"/api/v1/runs/{waiting}/move", json={"before": running}).status_code == 409
    assert api.post(f"/api/v1/runs/{waiting}/move", json={}).status_code == 422


def test_many_runs_at_once_name_those_that_it_does_not_fit(
    api: TestClient, queued: Queue, claim: Callable[[], Claim]
) -> None:
    running, waiting = queued(), queued()
    claim()

    def bulk(**body: object) -> dict[str, Any]:
        answer: dict[str, Any] = api.post("/api/v1/runs/bulk", json=body).json()
        return answer

    assert bulk(action="tag", tag="depth", runs=[running, waiting]) == {"done": [running, waiting], "refused": []}
    assert [run["tags"] for run in api.get("/api/v1/runs", params={"tag": "depth"}).json()["items"]] == [["depth"]] * 2
    deleted = bulk(action="delete", runs=[running, waiting, 99])
    assert deleted["done"] == [waiting]
    assert [refusal["run"] for refusal in deleted["refused"]] == [running, 99]
    assert api.post("/api/v1/runs/bulk", json={"action": "tag", "runs": [running]}).status_code == 422


@pytest.mark.usefixtures("worker_id")
def test_archiving_an_experiment_archives_its_runs(api: TestClient) -> None:
    body = {"name": "seeds", "vary": {"seed": [0, 1]}, "spec": {"model": "cnn", "dataset": "digits"}}
    experiment = api.post("/api/v1/experiments", json=body).json()

    cancelled = api.post(f"/api/v1/experiments/{experiment['id']}/cancel").json()
    archived = api.post(f"/api/v1/experiments/{experiment['id']}/archive").json()

    assert [run["status"] for run in cancelled["runs"]] == ["cancelled"] * 2
    assert [run["archived"] for run in archived["runs"]] == [True] * 2
    assert api.get("/api/v1/runs").json()["total"] == 0
    assert api.post("/api/v1/experiments/99/archive").status_code == 404


def test_what_goes_with_an_action_is_refused_at_its_own_field(api: TestClient, queued: Queue) -> None:
    run_id = queued()

    tagless = api.post("/api/v1/runs/bulk", json={"action": "tag", "runs": [run_id]}).json()
    nowhere = api.post(f"/api/v1/runs/{run_id}/move", json={}).json()

    assert [error["field"] for error in tagless["errors"] + nowhere["errors"]] == ["tag", "before"]
