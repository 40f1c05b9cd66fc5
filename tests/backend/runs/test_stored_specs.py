"""Stored specs of earlier versions that current bounds refuse: a bad row affects no other."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.db import checks, imports, records
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.tables import RunTable
from skiplab.contract import stored
from skiplab.contract.check import TrainingCheck
from skiplab.contract.config import VERSION
from skiplab.contract.spec import RunSpec
from tests.databases import BOTH

Queue = Callable[..., int]

BAD = [
    {"batch_size": 99_999},  # beyond a later bound
    {"dropped_field": 1},  # a field that was removed since
    {"optimizer": "rmsprop"},  # a choice that was removed since
    {"epochs": 0},
    {"epochs": "ten", "milestones": [0.5, "x"], "val_fraction": None},
    {"milestones": [0.9, 0.1]},  # fields that do not agree
    {"model": None, "dataset": []},
]


def spoil(database: Database, run_id: int, changes: Any) -> None:
    """Store what an earlier version might have stored."""
    with database.write() as session:
        row = session.get_one(RunTable, run_id)
        row.config = {**row.config, **changes} if isinstance(changes, dict) else changes


@BOTH
@pytest.mark.parametrize("changes", [*BAD, [1, 2], None], ids=str)
def test_a_run_of_a_spec_that_this_version_refuses_is_listed_and_says_so(
    api: TestClient, database: Database, queued: Queue, changes: Any
) -> None:
    bad, good = queued(), queued()
    spoil(database, bad, changes)

    runs = {run["id"]: run for run in api.get("/api/v1/runs").json()["items"]}

    assert runs[good]["spec_problem"] is None
    assert runs[bad]["spec_problem"]
    assert api.get(f"/api/v1/runs/{bad}").json()["spec_problem"] == runs[bad]["spec_problem"]
    if changes == BAD[0]:
        assert runs[bad]["spec"]["batch_size"] == 99_999  # as it ran, not as it would be today


def test_a_spec_with_damaged_json_breaks_no_list(api: TestClient, database: Database, queued: Queue) -> None:
    bad, good = queued(), queued()
    with database.write() as session:
        session.execute(text("UPDATE run SET config = '{\"model\": ' WHERE id = :id"), {"id": bad})

    answer = api.get("/api/v1/runs")

    assert [run["id"] for run in answer.json()["items"]] == [good, bad]
    assert api.patch(f"/api/v1/runs/{bad}", json={"name": "renamed"}).status_code == 200


@pytest.mark.parametrize("damaged", ["config", "environment", "network"])
def test_a_damaged_run_matches_no_other_run_and_affects_none(
    api: TestClient, database: Database, queued: Queue, claim: Callable[[], Claim | None], damaged: str
) -> None:
    queued(seed=1)
    other, own = claim(), queued(seed=2)
    held = claim()
    assert other is not None
    assert held is not None
    with database.write() as session:
        records.environment(session, other.run_id, other.attempt, {"code": "a"})
        twin = records.twin(session, own, held.attempt)
        assert twin is not None
        assert twin[0] == other.run_id
        session.execute(text(f"UPDATE run SET {damaged} = '{{' WHERE id = :id"), {"id": other.run_id})
        session.expire_all()

        found = records.twin(session, own, held.attempt)

    assert found == (None if damaged != "network" else twin)
    assert api.get("/api/v1/runs").status_code == 200


def test_damaged_json_in_a_row_breaks_no_list(
    api: TestClient, database: Database, queued: Queue, worker_id: int
) -> None:
    run_id = queued()
    check = TrainingCheck(image_shape=(3, 8, 8), classes=2, outcome="refused", reason="")
    with database.write() as session:
        session.get_one(RunTable, run_id).network = {"parameters": "many"}
        session.get_one(RunTable, run_id).epoch = 1
        checks.keep(session, "cnn", "1", check)
        session.execute(text("UPDATE training_check SET found = '{\"outcome\": 1}'"))
        imports.add(session, key="pets", bytes=1)
        session.execute(text("UPDATE data_import SET found = '{'"))
    assert worker_id

    for path in ("runs", f"runs/{run_id}", "imports", f"evidence?runs={run_id}"):
        assert api.get(f"/api/v1/{path}").status_code == 200, path
    launch = {"model": "cnn", "dataset": "digits"}
    assert api.post("/api/v1/estimate", json={"spec": launch}).status_code == 200
    assert api.post("/api/v1/runs", json=launch).status_code == 201


@BOTH
@pytest.mark.parametrize("changes", BAD, ids=str)
def test_the_queue_goes_on_past_a_run_that_cannot_be_trained(
    api: TestClient, database: Database, queued: Queue, claim: Callable[[], Claim | None], changes: dict[str, Any]
) -> None:
    bad, good = queued(), queued()
    spoil(database, bad, changes)

    claimed = claim()

    assert claimed is not None
    assert claimed.run_id == good
    run = api.get(f"/api/v1/runs/{bad}").json()
    assert run["status"] == "failed"
    assert run["spec_problem"] in run["reason"]


def test_evidence_leaves_such_a_run_out_and_names_it(api: TestClient, database: Database, queued: Queue) -> None:
    bad, good = queued(), queued()
    spoil(database, bad, {"batch_size": 99_999})

    evidence = api.get("/api/v1/evidence", params={"runs": f"{bad},{good}"}).json()

    assert [run["run"] for run in evidence["runs"]] == [good]
    assert any(f"run {bad} is left out" in problem and "batch_size" in problem for problem in evidence["problems"])
    # Nor does it break what is asked of others of its network.
    assert api.get("/api/v1/evidence", params={"runs": str(good)}).status_code == 200


def test_a_currently_valid_spec_is_read_unchanged() -> None:
    spec = RunSpec(model="cnn", dataset="digits", epochs=3)

    assert stored.read(spec.model_dump(mode="json"), VERSION, model="x", dataset="y") == stored.StoredSpec(spec, None)


def test_an_experiment_with_such_a_run_keeps_working(
    api: TestClient, database: Database, queued: Queue, worker_id: int
) -> None:
    assert worker_id
    body = {"name": "mixed", "vary": {"seed": [0, 1, 2]}, "spec": {"model": "cnn", "dataset": "digits"}}
    experiment = api.post("/api/v1/experiments", json=body).json()
    bad, *_ = [run["id"] for run in experiment["runs"]]
    spoil(database, bad, {"batch_size": 99_999, "dropped_field": 1})
    of, other = f"experiment={experiment['id']}", queued()

    paths = [f"evidence?{of}", f"evidence/measures.csv?{of}", f"report.html?{of}", f"report.md?{of}"]
    paths += ["experiments", f"experiments/{experiment['id']}"]
    paths += [f"evidence?runs={bad},{other}", f"metrics?runs={bad}", f"runs/{bad}/history", "runs?sort=-best", "queue"]
    paths += [f"figures/{each['kind']}?{of}" for each in api.get("/api/v1/figures").json()["items"]]
    for path in paths:
        assert api.get(f"/api/v1/{path}").status_code < 500, path
    run = api.get(f"/api/v1/runs/{bad}").json()
    assert run["config"]["dropped_field"] == 1
    assert (run["spec"]["batch_size"], run["spec"]["model"]) == (99_999, "cnn")
    more = {"vary": {"seed": [3]}, "spec": body["spec"]}
    assert api.post(f"/api/v1/experiments/{experiment['id']}/runs", json=more).status_code == 201
    for action in ("cancel", "resume", "retry"):
        assert api.post(f"/api/v1/runs/{bad}/{action}").status_code == (202 if action == "cancel" else 409), action
    assert api.patch(f"/api/v1/runs/{bad}", json={"archived": True}).status_code == 200
    assert api.delete(f"/api/v1/runs/{bad}").status_code == 204


def test_a_config_of_a_later_version_is_a_problem_of_its_run_alone(
    api: TestClient, database: Database, queued: Queue, claim: Callable[[], Claim | None]
) -> None:
    bad, good = queued(), queued()
    with database.write() as session:
        session.get_one(RunTable, bad).config_version = VERSION + 1

    claimed = claim()

    assert claimed is not None
    assert claimed.run_id == good
    run = api.get(f"/api/v1/runs/{bad}").json()
    assert run["status"] == "failed"
    assert f"version {VERSION + 1}" in run["reason"]
