"""Experiments: the product of what varies, all or nothing."""

import pytest
from fastapi.testclient import TestClient

from tests.backend.conftest import CountingQueue

pytestmark = pytest.mark.usefixtures("worker_id")


def test_every_combination_becomes_one_run(api: TestClient, queue: CountingQueue) -> None:
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
    assert {run["experiment"]["name"] for run in experiment["runs"]} == {"two by two"}
    assert queue.rung == [1, 2, 3, 4]
    assert api.get(answer.headers["Location"]).json() == experiment
    assert api.get("/api/v1/experiments").json() == {"items": [experiment]}


@pytest.mark.parametrize(
    ("vary", "field", "message"),
    [
        ({"model": ["cnn", "none"]}, "model", "no network 'none'"),
        ({"model": ["cnn"], "epochs": [3, 0]}, "vary.epochs", "greater than or equal to 1"),
        ({"model": []}, "vary.model", "at least one value"),
        ({"model": ["cnn"], "dataset": ["digits"]}, "vary.dataset", "stands in spec as well"),
        ({"model": ["cnn"], "seed": list(range(501))}, "vary", "at most 500"),
        ({"model": ["cnn"], "sede": [1]}, "vary.sede", "Extra inputs"),
    ],
)
def test_one_wrong_value_refuses_the_whole(
    api: TestClient, queue: CountingQueue, vary: dict[str, object], field: str, message: str
) -> None:
    answer = api.post("/api/v1/experiments", json={"name": "wrong", "vary": vary, "spec": {"dataset": "digits"}})

    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert message in error["message"]
    assert queue.rung == []
    assert api.get("/api/v1/experiments").json() == {"items": []}
