"""Lifecycle of runs: pause, resume, retry and history."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, records, telemetry
from backend.db.artifacts import NewArtifact
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import DatasetTable, ModelTable, RunTable, utc_now
from skiplab.contract.metrics import Metric
from skiplab.contract.telemetry import LayerStat, SystemSample
from tests.backend.conftest import CountingNotifier
from tests.databases import BOTH

Queue = Callable[..., int]
Take = Callable[[], Claim]


@pytest.fixture
def trained(database: Database, queued: Queue, claim: Take) -> Claim:
    """A running run with two epochs, the first of them in a checkpoint."""
    queued(epochs=5)
    held = claim()
    for epoch in (1, 2):
        values: dict[str, float] = {Metric.TEST_ACCURACY: epoch / 10, Metric.EPOCH_SECONDS: 2.5}
        kept = NewArtifact("checkpoint", f"1/{epoch}", epoch=epoch, step=10 * epoch, bytes=1, sha256="0")
        with database.write() as session:
            record = EpochRecord(epoch, 10 * epoch, values, artifacts=[kept] if epoch == 1 else [])
            records.epoch(session, held.run_id, held.attempt, record)
    return held


def fail(database: Database, held: Claim) -> None:
    with database.write() as session:
        attempts.fail(session, held.run_id, held.attempt, reason="out of memory", traceback="...")


def post(api: TestClient, run_id: int, what: str, *, status: int = 202) -> dict[str, Any]:
    answer = api.post(f"/api/v1/runs/{run_id}/{what}")
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def accuracies(api: TestClient, run_id: int) -> list[int]:
    series = api.get(f"/api/v1/runs/{run_id}/metrics?keys=test/accuracy").json()["series"]
    return [epoch for each in series for epoch in each["epoch"]]


def story(api: TestClient, run_id: int) -> list[tuple[str, str, int]]:
    items = api.get(f"/api/v1/runs/{run_id}/history").json()["items"]
    return [(each["status"], each["cause"], each["attempt"]) for each in items]


def test_a_waiting_run_is_paused_at_once_and_waits_again_when_resumed(
    api: TestClient, notifier: CountingNotifier, queued: Queue
) -> None:
    run_id = queued()
    assert post(api, run_id, "pause")["status"] == "paused"
    assert api.get("/api/v1/queue").json()["items"] == []

    resumed = post(api, run_id, "resume")

    assert (resumed["status"], resumed["reason"], resumed["queue_position"]) == ("queued", None, 1)
    assert notifier.runs == [run_id]


def test_a_running_run_is_asked_to_pause_and_goes_on_later_from_its_checkpoint(
    api: TestClient, database: Database, trained: Claim, claim: Take
) -> None:
    run_id = trained.run_id
    asked = post(api, run_id, "pause")
    assert (asked["status"], asked["stop_requested"], asked["stop_as"]) == ("running", True, "paused")
    with database.write() as session:
        attempts.hand_back(session, run_id, trained.attempt, reason="its worker was stopped")
    assert api.get(f"/api/v1/runs/{run_id}").json()["status"] == "paused"

    post(api, run_id, "resume")
    claim()

    run = api.get(f"/api/v1/runs/{run_id}").json()
    assert (run["status"], run["epoch"], run["attempt"]) == ("running", 1, 2)
    assert accuracies(api, run_id) == [1]


def test_a_cancel_goes_before_a_pause(api: TestClient, trained: Claim) -> None:
    post(api, trained.run_id, "pause")
    assert post(api, trained.run_id, "cancel")["stop_as"] == "cancelled"
    assert "being cancelled" in post(api, trained.run_id, "pause", status=409)["detail"]


def test_a_failed_run_resumes_from_its_checkpoint_with_its_crashes_forgiven(
    api: TestClient, database: Database, trained: Claim, claim: Take
) -> None:
    fail(database, trained)
    post(api, trained.run_id, "resume")
    claim()
    assert accuracies(api, trained.run_id) == [1]


@BOTH
def test_a_retried_run_loses_its_metrics_and_keeps_its_history(
    api: TestClient, database: Database, trained: Claim, notifier: CountingNotifier
) -> None:
    with database.write() as session:
        layers = [LayerStat(epoch=epoch, place=0, name="conv1", kind="layer") for epoch in (0, 1)]
        records.layers(session, trained.run_id, trained.attempt, layers)
        records.system(session, trained.run_id, trained.attempt, SystemSample(time=utc_now(), cpu=0.5))
    fail(database, trained)

    run = post(api, trained.run_id, "retry")

    with database.read() as session:
        assert telemetry.layers(session, trained.run_id) == []
        assert telemetry.system(session, trained.run_id) == []
    assert (run["status"], run["epoch"], run["best"], run["trained_seconds"]) == ("queued", 0, None, 0)
    assert (run["started_at"], run["finished_at"], run["worker"]) == (None, None, None)
    assert accuracies(api, trained.run_id) == []
    assert notifier.runs == [trained.run_id]
    assert story(api, trained.run_id) == [
        ("queued", "submitted", 0),
        ("running", "started on worker gpu-1, slot 0", 1),
        ("failed", "out of memory", 1),
        ("queued", "retried from the start", 1),
    ]


def test_the_history_names_the_cause_of_a_lost_attempt(api: TestClient, database: Database, trained: Claim) -> None:
    with database.write() as session:
        attempts.lose(session, trained.run_id, trained.attempt, reason="lease expired on worker gpu-1")
    assert story(api, trained.run_id)[-1] == ("queued", "lease expired on worker gpu-1, attempt 1", 1)


def test_the_time_of_epochs_that_were_lost_is_not_counted(
    api: TestClient, database: Database, trained: Claim, claim: Take
) -> None:
    assert api.get(f"/api/v1/runs/{trained.run_id}").json()["trained_seconds"] == 5
    with database.write() as session:
        attempts.lose(session, trained.run_id, trained.attempt, reason="lease expired")
    claim()
    assert api.get(f"/api/v1/runs/{trained.run_id}").json()["trained_seconds"] == 2.5


@pytest.mark.parametrize(
    ("what", "message"),
    [("pause", "only a queued or running run"), ("resume", "only a paused, failed or cancelled run")],
)
def test_actions_that_a_finished_run_does_not_allow_are_refused_with_its_status(
    api: TestClient, database: Database, trained: Claim, what: str, message: str
) -> None:
    with database.write() as session:
        attempts.finish(session, trained.run_id, trained.attempt)
    detail = post(api, trained.run_id, what, status=409)["detail"]
    assert "is finished" in detail
    assert message in detail


@pytest.mark.parametrize("what", ["resume", "retry"])
def test_a_running_run_cannot_be_queued_again_by_a_user(api: TestClient, trained: Claim, what: str) -> None:
    assert "is running" in post(api, trained.run_id, what, status=409)["detail"]


@pytest.mark.parametrize("what", ["resume", "retry"])
def test_a_run_whose_spec_no_version_can_train_keeps_what_it_measured(
    api: TestClient, database: Database, trained: Claim, what: str
) -> None:
    fail(database, trained)
    with database.write() as session:
        row = session.get_one(RunTable, trained.run_id)
        row.config = {**row.config, "batch_size": 99_999}

    detail = post(api, trained.run_id, what, status=409)["detail"]

    assert "batch_size" in detail
    assert accuracies(api, trained.run_id) == [1, 2]
    assert api.get(f"/api/v1/runs/{trained.run_id}").json()["status"] == "failed"


@pytest.mark.parametrize(("gone", "named"), [(ModelTable, "network 'cnn'"), (DatasetTable, "data set 'digits'")])
def test_a_run_with_a_removed_network_or_data_set_keeps_its_metrics(
    api: TestClient, database: Database, trained: Claim, gone: type[ModelTable | DatasetTable], named: str
) -> None:
    fail(database, trained)
    with database.write() as session:
        session.delete(session.get_one(gone, "cnn" if gone is ModelTable else "digits"))

    assert named in post(api, trained.run_id, "retry", status=409)["detail"]

    assert accuracies(api, trained.run_id) == [1, 2]


@pytest.mark.parametrize("what", ["pause", "resume", "retry"])
def test_an_unknown_run_cannot_be_paused_resumed_or_retried(api: TestClient, what: str) -> None:
    post(api, 7, what, status=404)
    assert api.get("/api/v1/runs/7/history").status_code == 404
