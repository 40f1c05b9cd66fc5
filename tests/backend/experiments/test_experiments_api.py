"""Experiments: one run per combination, all or nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from backend.db import events, experiments, submissions, workers
from backend.db.database import Database, Session
from backend.db.submissions import Submission
from skiplab.contract.run_lists import MOST_AT_ONCE
from skiplab.contract.spec import RunSpec
from tests.backend.conftest import CountingNotifier
from tests.conftest import CPU

pytestmark = pytest.mark.usefixtures("worker_id")


def test_every_combination_becomes_one_run(api: TestClient, notifier: CountingNotifier) -> None:
    answer = api.post(
        "/api/v1/experiments",
        json={
            "name": "two by two",
            "vary": {"model": ["cnn", "resnet18"], "seed": [0, 1]},
            "spec": {"dataset": "digits", "epochs": 3},
        },
    )

    assert answer.status_code == 201
    experiment = answer.json()
    made = [(run["spec"]["model"], run["spec"]["seed"], run["name"]) for run in experiment["runs"]]
    assert made == [
        ("cnn", 0, "cnn, seed 0"),
        ("cnn", 1, "cnn, seed 1"),
        ("resnet18", 0, "resnet18, seed 0"),
        ("resnet18", 1, "resnet18, seed 1"),
    ]
    assert experiment.pop("launched") == [run["id"] for run in experiment["runs"]]
    assert {run["experiment"]["name"] for run in experiment["runs"]} == {"two by two"}
    # One slot is idle, so one message: a slot that takes a run notifies the next.
    assert notifier.runs == [1]
    assert api.get(answer.headers["Location"]).json() == experiment
    assert api.get("/api/v1/experiments").json() == {"items": [experiment]}


def test_as_many_messages_are_sent_as_slots_are_idle(
    api: TestClient, database: Database, notifier: CountingNotifier
) -> None:
    with database.write() as session:
        workers.register(session, name="gpu-2", devices=[CPU, CPU])
    submit(api, seeds=5)
    assert notifier.runs == [1, 2, 3]


def test_an_unreachable_broker_is_tried_once(api: TestClient, database: Database, notifier: CountingNotifier) -> None:
    notifier.up = False
    with database.write() as session:
        workers.register(session, name="gpu-2", devices=[CPU, CPU])
    submit(api, seeds=5)
    assert notifier.runs == [1]


def test_what_five_hundred_runs_read_under_the_write_lock_is_no_more_than_five_do(
    api: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(api, seeds=500)
    reads: list[int] = []
    write = Database.write

    @contextmanager
    def counted(database: Database) -> Iterator[Session]:
        with write(database) as session, statements(session) as executed:
            yield session
        # The reconciler writes as well, when it will.
        if any(each.startswith("INSERT INTO run") for each in executed):
            reads.append(sum(each.startswith("SELECT") for each in executed))

    monkeypatch.setattr(Database, "write", counted)
    submit(api, seeds=5)
    answer = submit(api, seeds=500)

    assert [run["queue_position"] for run in answer["runs"]] == list(range(506, 1006))
    few, many = reads
    assert few == many
    with database.read() as session:
        assert all(
            json.loads(published.payload)["queue_position"] is None for published in events.since(session, after=500)
        )


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    executed: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        executed.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield executed
    event.remove(connection, "before_cursor_execute", note)


def submit(api: TestClient, *, seeds: int) -> dict[str, Any]:
    body = {"name": "seeds", "vary": {"model": ["cnn"], "seed": list(range(seeds))}, "spec": {"dataset": "digits"}}
    answer = api.post("/api/v1/experiments", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize(
    ("vary", "field", "message"),
    [
        ({"model": ["cnn", "none"]}, "model", "unknown network 'none'"),
        ({"model": ["cnn"], "epochs": [3, 0]}, "vary.epochs", "at least 1"),
        ({"model": []}, "vary.model", "at least one value"),
        ({"model": ["cnn"], "dataset": ["digits"]}, "vary.dataset", "is also given in spec"),
        ({"model": ["cnn"], "seed": list(range(501))}, "vary", "at most 500"),
        ({"model": ["cnn"], "sede": [1]}, "vary.sede", "unknown field"),
    ],
)
def test_one_wrong_value_refuses_the_whole(
    api: TestClient, notifier: CountingNotifier, vary: dict[str, object], field: str, message: str
) -> None:
    answer = api.post("/api/v1/experiments", json={"name": "wrong", "vary": vary, "spec": {"dataset": "digits"}})

    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert message in error["message"]
    assert notifier.runs == []
    assert api.get("/api/v1/experiments").json() == {"items": []}


def test_an_error_of_every_seed_is_reported_once(api: TestClient) -> None:
    vary = {"model": ["none"], "seed": list(range(100))}
    answer = api.post("/api/v1/experiments", json={"name": "wrong", "vary": vary, "spec": {"dataset": "digits"}})

    assert len(answer.json()["errors"]) == 1


def test_runs_that_are_added_belong_to_the_experiment(api: TestClient, notifier: CountingNotifier) -> None:
    begun = submit(api, seeds=2)
    more = {"vary": {"model": ["cnn", "resnet18"], "seed": [2]}, "spec": {"dataset": "digits"}}

    answer = api.post(f"/api/v1/experiments/{begun['id']}/runs", json=more)

    assert answer.status_code == 201, answer.text
    whole = api.get(f"/api/v1/experiments/{begun['id']}").json()
    assert answer.json() == {**whole, "launched": [run["id"] for run in whole["runs"][2:]]}
    assert [run["name"] for run in answer.json()["runs"]] == [
        *("cnn, seed 0", "cnn, seed 1"),
        *("cnn, seed 2", "resnet18, seed 2"),
    ]
    assert {run["experiment"]["name"] for run in answer.json()["runs"]} == {"seeds"}
    assert len(notifier.runs) == 2


def test_more_runs_than_one_request_allows_are_cancelled_and_archived(
    api: TestClient, database: Database, spec: Callable[..., RunSpec]
) -> None:
    with database.write() as session:
        experiment = experiments.add(session, "many")
        many = Submission(spec(), "a run", experiment_id=experiment.id)
        submissions.add_all(session, [many] * (MOST_AT_ONCE + 1))

    for action, field, wanted in (("cancel", "status", "cancelled"), ("archive", "archived", True)):
        answer = api.post(f"/api/v1/experiments/{experiment.id}/{action}")
        assert answer.is_success, answer.text
        assert [run[field] for run in answer.json()["runs"]] == [wanted] * (MOST_AT_ONCE + 1)


def test_runs_cannot_be_added_to_an_unknown_experiment(api: TestClient) -> None:
    assert (
        api.post("/api/v1/experiments/7/runs", json={"spec": {"dataset": "digits", "model": "cnn"}}).status_code == 404
    )


def test_an_experiment_can_be_deleted_once_it_is_empty(api: TestClient, database: Database) -> None:
    experiment = submit(api, seeds=2)
    address = f"/api/v1/experiments/{experiment['id']}"
    others = submit(api, seeds=1)["id"]

    refused = api.delete(address)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        f"Experiment {experiment['id']} has 2 runs, archived ones included: delete them first.",
    )
    for run in experiment["runs"]:
        api.post(f"/api/v1/runs/{run['id']}/cancel")
        api.delete(f"/api/v1/runs/{run['id']}")
    empty = api.get("/api/v1/experiments", params={"empty": True}).json()["items"]
    assert [each["id"] for each in empty] == [experiment["id"]]

    before = int(api.get("/api/v1/experiments").headers["Skiplab-Event-Id"])
    assert api.delete(address).status_code == 204
    with database.read() as session:
        published = [(event.type, event.payload) for event in events.since(session, after=before)]
    assert published == [("experiment_removed", f'{{"experiment":{experiment["id"]}}}')]
    assert api.get(address).status_code == api.delete(address).status_code == 404
    assert [each["id"] for each in api.get("/api/v1/experiments").json()["items"]] == [others]


def test_a_launch_joins_the_newest_experiment_of_its_name_if_asked(api: TestClient, worker_id: int) -> None:
    assert worker_id
    body = {"name": "rates", "spec": {"model": "cnn", "dataset": "digits"}, "tags": ["mine"], "priority": "high"}
    first = api.post("/api/v1/experiments", json={**body, "join": True}).json()
    another = api.post("/api/v1/experiments", json=body).json()
    joined = api.post("/api/v1/experiments", json={**body, "join": True, "vary": {"seed": [1, 2]}}).json()

    assert another["id"] == joined["id"] != first["id"]
    assert joined["launched"] == [run["id"] for run in joined["runs"][1:]]
    assert [(run["tags"], run["priority"]) for run in joined["runs"]] == [(["mine"], "high")] * 3
    listed = api.get("/api/v1/experiments", params={"name": "rates"}).json()["items"]
    assert [each["id"] for each in listed] == [another["id"], first["id"]]
    assert api.get("/api/v1/experiments", params={"name": "rate"}).json()["items"] == []
