"""Runs through the API: submit, list, read, cancel."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, catalog
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.tables import RunTable
from skiplab.contract.catalog import DatasetCard
from tests.backend.conftest import CountingNotifier
from tests.databases import BOTH

Queue = Callable[..., int]


@pytest.mark.usefixtures("worker_id")
def test_a_submitted_run_is_stored_queued_and_notified_of(api: TestClient, notifier: CountingNotifier) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", "seed": 3, "tags": ["first"]})

    assert answer.status_code == 201
    run = answer.json()
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert (run["status"], run["queue_position"], run["tags"]) == ("queued", 1, ["first"])
    assert run["name"] == "cnn on digits, seed 3"
    assert run["spec"]["batch_size"] == 128
    assert notifier.runs == [run["id"]]
    assert api.get(answer.headers["Location"]).json() == run


@pytest.mark.usefixtures("worker_id")
def test_a_whole_number_may_be_written_with_a_point(api: TestClient) -> None:
    """As written by pandas and R, and as accepted by JSON Schema."""
    given = {"model": "cnn", "dataset": "digits", "epochs": 3.0, "train_limit": 5e2}
    spec = api.post("/api/v1/runs", json=given).json()["spec"]

    assert (spec["epochs"], spec["train_limit"]) == (3, 500)


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("given", "field", "value", "message"),
    [
        ({"epochs": 0}, "epochs", 0, "at least 1"),
        ({"epochs": "many"}, "epochs", "many", "expected a number, got a string"),
        ({"epochs": "3"}, "epochs", "3", "expected a number, got a string"),
        ({"epochs": True}, "epochs", True, "expected a number, got a boolean"),
        ({"epochs": 1.5}, "epochs", 1.5, "whole number"),
        ({"momentum": False}, "momentum", False, "expected a number, got a boolean"),
        ({"patience": "1"}, "patience", "1", "expected a number, got a string"),
        ({"milestones": [True]}, "milestones.0", True, "must be a number"),
        ({"learning_rate": -1}, "learning_rate", -1, "greater than 0"),
        ({"optimizer": "magic"}, "optimizer", "magic", "'sgd'"),
        ({"epoch": 3}, "epoch", 3, "unknown field"),
        ({"model": "resnet9000"}, "model", "resnet9000", "available: cnn, resnet18"),
        ({"dataset": "imagenet"}, "dataset", "imagenet", "available: digits"),
        ({"experiment": 7}, "experiment", 7, "no such experiment"),
        ({"tags": [""]}, "tags.0", "", "must not be empty"),
        ({"tags": ["a\0b"]}, "tags.0", "a\0b", "must match the pattern"),
    ],
)
def test_a_validation_error_names_the_field_the_value_and_what_is_allowed(
    api: TestClient, notifier: CountingNotifier, given: dict[str, object], field: str, value: object, message: str
) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", **given})

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == (field, value)
    assert message in error["message"]
    assert notifier.runs == []
    assert api.get("/api/v1/runs").json()["total"] == 0


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({}, 1437),
        ({"train_limit": 5000}, 1437),
        # The validation set takes 718.5 of them, to whole images.
        ({"val_fraction": 0.5}, 719),
        ({"train_limit": 99, "val_fraction": 0.1}, 89),
    ],
)
def test_a_batch_is_no_larger_than_what_there_is_to_train_on(
    api: TestClient, database: Database, given: dict[str, object], most: int
) -> None:
    card = DatasetCard(key="digits", label="Digits", train_images=1437, available=True, source="a package")
    with database.write() as session:
        catalog.announce_datasets(session, [card])
    run = {"model": "cnn", "dataset": "digits", **given}

    assert api.post("/api/v1/runs", json={**run, "batch_size": most}).status_code == 201
    answer = api.post("/api/v1/runs", json={**run, "batch_size": most + 1})

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("batch_size", most + 1)
    assert f"must not exceed the training images ({most}) of digits" in error["message"]


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"epochs": 2, "warmup_epochs": 5}, "warmup_epochs", "warmup_epochs (5) must be below epochs (2)"),
        ({"milestones": [0.75, 0.5]}, "milestones", "milestones must increase"),
        (
            {"batch_size": 8192, "train_limit": 256},
            "batch_size",
            "batch_size (8192) must not exceed the training images",
        ),
    ],
)
def test_fields_that_disagree_are_refused_at_the_one_to_mend_with_its_value(
    api: TestClient, given: dict[str, object], field: str, message: str
) -> None:
    cell = {"model": "cnn", "dataset": "digits", **given}
    single = api.post("/api/v1/runs", json=cell)
    several = api.post("/api/v1/experiments", json={"name": "a sweep", "spec": cell, "vary": {"seed": [0, 1]}})

    assert (single.status_code, several.status_code) == (422, 422)
    for answer, place in ((single, field), (several, f"spec.{field}")):
        (error,) = answer.json()["errors"]
        assert (error["field"], error["value"]) == (place, given[field])
        assert message in error["message"]


def test_a_missing_field_is_named_without_the_whole_body(api: TestClient) -> None:
    (error,) = api.post("/api/v1/runs", json={"model": "cnn", "note": "x" * 500}).json()["errors"][:1]

    assert error["field"] == "dataset"
    assert "value" not in error


@pytest.mark.usefixtures("worker_id")
def test_the_choices_of_a_field_are_listed(api: TestClient) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", "schedule": "sawtooth"})

    assert answer.json()["errors"][0]["allowed"] == ["constant", "step", "cosine", "onecycle"]


def test_submitting_before_an_announcement_gives_503_with_retry_after(api: TestClient) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    "path", ["/api/v1/runs/7", "/api/v1/experiments/7", "/api/v1/models/none", "/api/v1/metrics?runs=7"]
)
def test_an_unknown_id_is_a_problem_that_names_it(api: TestClient, path: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 404
    assert answer.json()["status"] == 404
    assert ("7" if "7" in path else "none") in answer.json()["detail"]


@BOTH
def test_pages_cover_every_run_once_in_any_order(api: TestClient, queued: Queue) -> None:
    for seed in range(7):
        queued(seed=seed)

    for sort in ("id", "-id", "name", "-best"):
        seen: list[int] = []
        wanted = {"sort": sort, "limit": "3"}
        while wanted.get("cursor") != "None":
            page = api.get("/api/v1/runs", params=wanted).json()
            seen += [run["id"] for run in page["items"]]
            assert page["total"] == 7
            wanted["cursor"] = str(page["next_cursor"])
        assert sorted(seen) == list(range(1, 8)), sort


@BOTH
@pytest.mark.parametrize(("sort", "rest"), [("-id", [2, 1]), ("id", [4, 5])])
def test_a_page_continues_after_a_deleted_run(api: TestClient, queued: Queue, sort: str, rest: list[int]) -> None:
    for seed in range(5):
        queued(seed=seed)
    first = api.get("/api/v1/runs", params={"sort": sort, "limit": 3}).json()
    api.delete(f"/api/v1/runs/{first['next_cursor']}")

    second = api.get("/api/v1/runs", params={"sort": sort, "cursor": first["next_cursor"]}).json()

    assert [run["id"] for run in second["items"]] == rest


@BOTH
def test_a_page_after_a_deleted_run_is_refused_in_other_orders_than_by_id(api: TestClient, queued: Queue) -> None:
    gone = queued()
    queued()
    api.delete(f"/api/v1/runs/{gone}")

    answer = api.get("/api/v1/runs", params={"sort": "name", "cursor": gone})

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("cursor", gone)
    assert "was deleted" in error["message"]


@BOTH
def test_filters_must_all_fit(api: TestClient, queued: Queue) -> None:
    queued()
    wanted = queued(model="resnet18")

    def ids(**filters: Any) -> list[int]:
        return [run["id"] for run in api.get("/api/v1/runs", params=filters).json()["items"]]

    assert ids(model="resnet18") == [wanted]
    assert ids(model="resnet18", status="running") == []
    assert ids(status=["queued", "running"]) == [2, 1]
    assert ids(q="RESNET") == [wanted]
    assert ids(tag="none") == []
    api.patch(f"/api/v1/runs/{wanted}", json={"tags": ["first", "ünïcode"]})
    assert ids(tag="ünïcode") == [wanted]
    assert ids(tag="first", model="cnn") == []


def test_a_waiting_run_is_cancelled_at_once(api: TestClient, queued: Queue) -> None:
    run_id = queued()

    answer = api.post(f"/api/v1/runs/{run_id}/cancel")

    assert answer.status_code == 202
    assert answer.json()["status"] == "cancelled"
    again = api.post(f"/api/v1/runs/{run_id}/cancel")
    assert again.status_code == 409
    assert "is cancelled" in again.json()["detail"]


def test_a_running_run_is_asked_to_stop_and_keeps_its_status_until_it_has(
    api: TestClient, database: Database, queued: Queue, claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()

    run = api.post(f"/api/v1/runs/{run_id}/cancel").json()

    assert (run["status"], run["stop_requested"]) == ("running", True)
    with database.write() as session:
        attempts.hand_back(session, run_id, held.attempt, reason="stopped")
    assert api.get(f"/api/v1/runs/{run_id}").json()["status"] == "cancelled"


def test_responses_for_live_views_name_the_last_event_included(api: TestClient, queued: Queue) -> None:
    queued()

    first = int(api.get("/api/v1/runs").headers["Skiplab-Event-Id"])
    queued()
    second = int(api.get("/api/v1/runs/1").headers["Skiplab-Event-Id"])

    assert 0 < first < second


def test_a_page_under_a_foreign_name_is_refused(api: TestClient) -> None:
    assert api.get("/api/v1/runs", headers={"Host": "evil.example"}).status_code == 400


@BOTH
@pytest.mark.parametrize(("sort", "order"), [("best", [2, 3, 1, 4]), ("-best", [3, 2, 4, 1])])
def test_runs_without_a_best_value_come_last_in_either_direction(
    api: TestClient, database: Database, queued: Callable[..., int], sort: str, order: list[int]
) -> None:
    for best in (None, 0.1, 0.9, None):
        run_id = queued()
        with database.write() as session:
            row = session.get_one(RunTable, run_id)
            row.best_value, row.best_epoch = best, None if best is None else 1

    seen: list[int] = []
    cursor: dict[str, int] | None = {}
    while cursor is not None:
        answer = api.get("/api/v1/runs", params={"sort": sort, "limit": 1, **cursor}).json()
        seen += [run["id"] for run in answer["items"]]
        cursor = {"cursor": answer["next_cursor"]} if answer["next_cursor"] else None

    assert seen == order


def test_a_run_joins_an_experiment_by_name_or_begins_it(api: TestClient, worker_id: int) -> None:
    assert worker_id
    body = {"model": "cnn", "dataset": "digits", "experiment_name": "named"}
    begun, joined = (api.post("/api/v1/runs", json=body).json()["experiment"] for _ in range(2))
    assert begun == joined == {"id": begun["id"], "name": "named"}

    refused = api.post("/api/v1/runs", json={**body, "experiment": begun["id"]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "experiment_name"


def test_runs_are_listed_by_exact_name_and_by_ids(api: TestClient, queued: Callable[..., int]) -> None:
    first, second = queued(), queued(seed=1)
    api.patch(f"/api/v1/runs/{second}", json={"name": "a run, renamed"})

    def listed(**filters: str | int | list[int]) -> list[int]:
        return [run["id"] for run in api.get("/api/v1/runs", params=filters).json()["items"]]

    assert listed(name="a run") == [first]
    assert listed(id=[first, second, 99], sort="id") == [first, second]
