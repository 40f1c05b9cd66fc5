"""A client starts a run, logs its points and ends it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from skiplab.contract.ingest_limits import MOST_KEYS, MOST_LINES, MOST_POINTS
from tests.backend.ingest.client import RUNS, LoggingClient, begin
from tests.databases import BOTH, BOTH_IN_TIME


@BOTH
def test_a_run_is_started_logged_and_finished(api: TestClient) -> None:
    answer = begin(api, name="no-bn", config={"lr": 0.1}, tags=["mine"], note="a note", experiment="ablation")
    assert answer.status_code == 201
    run = answer.json()["run"]
    assert answer.headers["Location"] == f"{RUNS}/{run['id']}"
    assert (run["kind"], run["status"], run["name"], run["config"]) == ("external", "running", "no-bn", {"lr": 0.1})
    assert (run["tags"], run["note"], run["experiment"]["name"]) == (["mine"], "a note", "ablation")
    assert run["started_at"] is not None
    assert [answer.json()[key] for key in ("holder", "seq", "last_step")] == [1, 0, None]

    client = LoggingClient(api, answer.json())
    assert client.log(1, **{"train/loss": 0.5, "val/iou": 0.1}).json() == {"seq": 1, "stop": None}
    assert client.log(2, **{"train/loss": 0.25}).json() == {"seq": 2, "stop": None}
    ended = client.finish()

    assert ended.status_code == 200
    assert (ended.json()["status"], ended.json()["reason"]) == ("finished", None)
    series = client.series()
    assert {key: (each["step"], each["value"]) for key, each in series.items()} == {
        "train/loss": ([1, 2], [0.5, 0.25]),
        "val/iou": ([1], [0.1]),
    }
    causes = [each["cause"] for each in api.get(f"{RUNS}/{client.run_id}/history").json()["items"]]
    assert causes == ["started by a client", "finished, says its client"]


def test_a_body_without_a_kind_is_a_lab_run_as_ever(api: TestClient, worker_id: int) -> None:
    assert worker_id
    for body in ({"model": "cnn", "dataset": "digits"}, {"kind": "lab", "model": "cnn", "dataset": "digits"}):
        answer = api.post(RUNS, json=body)
        assert (answer.status_code, answer.json()["kind"]) == (201, "lab")
    refused = api.post(RUNS, json={"model": "cnn", "dataset": "digits", "epochs": 0}).json()
    assert [(each["field"], each["message"]) for each in refused["errors"]] == [("epochs", "must be at least 1")]
    unknown = api.post(RUNS, json={"kind": "imported"})
    assert unknown.status_code == 422
    assert [each["field"] for each in unknown.json()["errors"]] == ["kind"]


def test_a_run_without_a_name_gets_one(api: TestClient) -> None:
    client = LoggingClient.start(api)
    assert client.run()["name"] == f"run-{client.run_id}"


def test_runs_of_one_experiment_join_the_newest_of_that_name(api: TestClient) -> None:
    one, other, alone = (LoggingClient.start(api, experiment=name).run() for name in ("a", "a", "b"))
    assert one["experiment"] == other["experiment"] != alone["experiment"]


@BOTH
def test_a_batch_is_stored_once_however_often_it_arrives(api: TestClient) -> None:
    client = LoggingClient.start(api)
    client.log(1, loss=0.5)

    again = client.post("points", seq=1, series={"loss": {"step": [2], "value": [9.0]}})

    assert (again.status_code, again.json()) == (200, {"seq": 1, "stop": None})
    assert client.series()["loss"]["step"] == [1]
    client.finish()
    # The answer to the last batch may have been lost.
    assert client.post("points", seq=1).json() == {"seq": 1, "stop": None}


@BOTH_IN_TIME
def test_values_that_are_not_finite_epochs_and_times_are_kept(api: TestClient) -> None:
    client = LoggingClient.start(api)
    columns = {
        "step": [10, 20, 30],
        "value": ["NaN", "-Infinity", 1],
        "time": [1e9, 1e9 + 0.25, 2e9],
        "epoch": [1, 1, 2],
    }

    assert client.send(series={"loss": columns}).status_code == 200

    series = client.series()["loss"]
    assert (series["value"], series["nonfinite"]) == ([None, None, 1.0], {"0": "nan", "1": "-inf"})
    assert series["epoch"] == [1, 1, 2]
    assert series["time"][1].startswith("2001-09-09T01:46:40.25")
    assert client.run()["epoch"] == 2
    assert client.series(since_step=10)["loss"]["step"] == [20, 30]
    assert client.series(since_epoch=1)["loss"]["step"] == [30]


def test_a_point_with_the_same_step_is_overwritten(api: TestClient) -> None:
    client = LoggingClient.start(api)
    client.log(1, loss=0.5)
    client.log(1, loss=0.25)
    assert client.series()["loss"]["value"] == [0.25]


@BOTH_IN_TIME
def test_config_and_summary_are_merged_and_log_lines_kept(api: TestClient) -> None:
    client = LoggingClient.start(api, config={"lr": 0.1, "arch": {"name": "unet"}})
    line = {"time": 1e9, "text": "epoch 1", "stream": "stdout"}
    client.send(config={"lr": 0.2, "seed": 1}, summary={"best": 0.7}, log=[line, {**line, "stream": "stderr"}])
    client.send(summary={"last": 0.6})

    run = client.run()
    assert run["config"] == {"lr": 0.2, "arch": {"name": "unet"}, "seed": 1}
    assert run["summary"] == {"best": 0.7, "last": 0.6}
    lines = api.get(f"{RUNS}/{client.run_id}/logs").json()["items"]
    assert [(each["text"], each["level"], each["attempt"]) for each in lines] == [
        ("epoch 1", "info", 1),
        ("epoch 1", "stderr", 1),
    ]


@BOTH_IN_TIME
def test_declared_quantities_are_listed_and_those_of_the_lab_stay(api: TestClient) -> None:
    client = LoggingClient.start(api)
    declared = [
        {"key": "val/iou", "title": "IoU", "unit": "fraction", "better": "higher"},
        {"key": "test/accuracy", "title": "mine", "better": "lower"},
        {"key": "bare"},
    ]
    assert client.send(quantities=declared).status_code == 200
    assert client.send(quantities=[{"key": "bare", "title": "Now titled"}]).status_code == 200

    listed = {each["key"]: each for each in api.get("/api/v1/quantities").json()["items"]}
    iou, accuracy, bare = (listed[each["key"]] for each in declared)
    assert (iou["title"], iou["unit"], iou["better"], iou["plugin"]) == ("IoU", "fraction", "higher", None)
    assert accuracy["title"] == "Test accuracy"
    assert (bare["title"], bare["unit"], bare["better"]) == ("Now titled", "none", "none")


def test_lost_points_are_shown_and_counted_over_all_holders(api: TestClient) -> None:
    client = LoggingClient.start(api, external_id="mine")
    client.post("points", seq=0, dropped=3)
    client.post("points", seq=0, dropped=5)
    assert client.run()["dropped"] == 5

    later = LoggingClient.start(api, external_id="mine", resume="must")
    later.post("points", seq=0, dropped=2)
    assert later.run()["dropped"] == 7


def test_an_idempotency_key_repeats_the_first_answer(api: TestClient) -> None:
    headers = {"Idempotency-Key": "one"}
    answers = [api.post(RUNS, json={"kind": "external"}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert api.get(RUNS).json()["total"] == 1


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "columns of different lengths": ({"series": {"a": {"step": [1, 2], "value": [1.0]}}}, "series.a.value"),
    "a negative step": ({"series": {"a": {"step": [-1], "value": [1.0]}}}, "series.a.step.0"),
    "a value that is a text": ({"series": {"a": {"step": [1], "value": ["1.0"]}}}, "series.a.value.0"),
    "a key with a comma": ({"series": {"a,b": {"step": [1], "value": [1.0]}}}, "series.a,b.[key]"),
    "a key that is too long": ({"series": {"k" * 201: {"step": [1], "value": [1.0]}}}, "series." + "k" * 201),
    "too many keys": ({"series": {f"k{n}": {"step": [], "value": []} for n in range(MOST_KEYS + 1)}}, "body"),
    "too many points": (
        {"series": {f"k{n}": {"step": [1] * 3000, "value": [0.5] * 3000} for n in range(1 + MOST_POINTS // 3000)}},
        "series",
    ),
    "too many lines": ({"log": [{"time": 1.0, "text": ""}] * (MOST_LINES + 1)}, "log"),
    "a config that is too large": ({"config": {"a": "x" * 300_000}}, "config"),
    "an unknown field": ({"serie": {}}, "serie"),
}


@pytest.mark.parametrize(("content", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_named_with_its_limit_and_stores_nothing(
    api: TestClient, content: dict[str, Any], field: str
) -> None:
    client = LoggingClient.start(api)

    answer = client.send(**content)

    assert answer.status_code == 422, answer.text
    fields = [each["field"] for each in answer.json()["errors"]]
    assert any(each.startswith(field[:150]) for each in fields), fields
    assert client.series() == {}
    assert client.post("points", seq=1).status_code == 200


def test_a_batch_without_a_number_must_be_empty(api: TestClient) -> None:
    client = LoggingClient.start(api)
    answer = client.post("points", seq=0, series={"loss": {"step": [1], "value": [1.0]}})
    assert answer.status_code == 422
    assert "seq" in answer.json()["detail"]


def test_a_body_that_is_too_large_is_refused(api: TestClient) -> None:
    client = LoggingClient.start(api)
    assert client.send(config={"a": "x" * 1_100_000}).status_code == 413


def test_no_client_logs_a_lab_run(api: TestClient, queued: Any) -> None:
    lab_run = queued()
    for path, body in (("points", {"holder": 0}), ("finish", {"holder": 0, "status": "finished"})):
        answer = api.post(f"{RUNS}/{lab_run}/{path}", json=body)
        assert answer.status_code == 409
        assert "kind lab" in answer.json()["detail"]
    assert api.post(f"{RUNS}/99/points", json={"holder": 1}).status_code == 404
