"""A user's first steps against a complete running lab."""

import json
import threading
from typing import Any

import httpx2 as httpx
import pytest

from tests.lab import Lab


def test_a_submitted_run_trains_to_its_end_and_leaves_every_point(lab: Lab) -> None:
    run_id = lab.submit(epochs=3)

    run = lab.wait(run_id, lambda run: run["status"] == "finished")

    assert (run["epoch"], run["progress"], run["attempt"]) == (3, 1.0, 1)
    assert run["best"]["selected_on"] == "test"
    for key in ("train/loss", "train/accuracy", "test/loss", "test/accuracy", "lr", "speed/images_per_second"):
        series = lab.series(run_id, key)
        assert series["epoch"] == [1, 2, 3], key
        assert all(value is not None for value in series["value"]), key


def test_a_listener_sees_the_run_live_and_in_order(lab: Lab) -> None:
    start = int(lab.client.get("/runs").headers["Skiplab-Event-Id"])
    seen: list[tuple[int, str, Any]] = []

    def listen() -> None:
        with lab.client.stream("GET", "/events", params={"after": start}) as answer:
            for id_, kind, data in events(answer):
                seen.append((id_, kind, data))
                if kind == "run" and data["status"] == "finished":
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    run_id = lab.submit()
    listener.join(60)

    assert not listener.is_alive()
    ids = [id_ for id_, _, _ in seen]
    assert ids == sorted(set(ids))
    epochs = [data["epoch"] for _, kind, data in seen if kind == "metrics" and data["run"] == run_id]
    assert epochs == [1, 2]
    statuses = [data["status"] for _, kind, data in seen if kind == "run" and data["id"] == run_id]
    assert list(dict.fromkeys(statuses)) == ["queued", "running", "finished"]


def test_a_running_run_is_cancelled_within_seconds_and_keeps_its_epochs(lab: Lab) -> None:
    run_id = lab.submit(epochs=500)
    lab.wait(run_id, lambda run: run["epoch"] >= 2)

    answer = lab.client.post(f"/runs/{run_id}/cancel")

    assert answer.status_code == 202
    run = lab.wait(run_id, lambda run: run["status"] == "cancelled", seconds=10)
    assert run["reason"] == "cancelled while running"
    assert lab.series(run_id, "train/loss")["epoch"] == list(range(1, run["epoch"] + 1))


def test_an_experiment_trains_its_runs_one_after_the_other(lab: Lab) -> None:
    answer = lab.client.post(
        "/experiments",
        json={
            "name": "two seeds",
            "vary": {"seed": [0, 1]},
            "spec": {"model": "cnn", "dataset": "digits", "epochs": 1, "batch_size": 32, "train_limit": 100},
        },
    )

    for run in answer.json()["runs"]:
        assert lab.wait(run["id"], lambda run: run["status"] == "finished")["experiment"]["name"] == "two seeds"


def test_a_run_that_cannot_be_trained_says_why(lab: Lab) -> None:
    run_id = lab.submit(val_fraction=0.001, train_limit=200)

    run = lab.wait(run_id, lambda run: run["status"] == "failed")

    assert "val_fraction 0.001 of 200" in run["reason"]
    assert "of 200 training images leaves none for validation" in run["reason"]


def test_a_batch_that_the_data_cannot_fill_is_refused_at_once(lab: Lab) -> None:
    answer = lab.client.post("/runs", json={"model": "cnn", "dataset": "digits", "batch_size": 2000})

    assert answer.status_code == 422
    assert "batch_size (2000) must not exceed the training images (1437) of digits" in answer.json()["detail"]


def test_what_is_on_offer_is_what_the_worker_has(lab: Lab) -> None:
    models = {card["key"]: card for card in lab.client.get("/models").json()["items"]}
    datasets = {card["key"]: card for card in lab.client.get("/datasets").json()["items"]}

    assert {"cnn", "resnet18", "densenet", "se_resnet18_single"} <= models.keys()
    assert models["cnn"]["parameters"] == 62_006
    assert datasets["digits"]["available"]
    whole = lab.client.get("/models/cnn").json()
    assert models["cnn"].items() <= whole.items()
    assert sum(layer["parameters"] for layer in whole["layers"]) == 62_006


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/"])
def test_the_pages_are_served(lab: Lab, path: str) -> None:
    assert httpx.get(f"{lab.url}{path}").status_code == 200


def events(answer: httpx.Response) -> Any:
    """Yield id, type and data of each server-sent event."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}
