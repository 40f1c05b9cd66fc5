"""Series: every point, as columns."""

import math
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.db import records
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from skiplab.contract.metrics import Metric
from tests.databases import BOTH


@pytest.fixture
def trained(database: Database, queued: Callable[..., int], claim: Callable[[], Claim]) -> int:
    """A run with three epochs, whose second loss was NaN."""
    run_id = queued(epochs=3)
    held = claim()
    for epoch, loss in enumerate((2.0, math.nan, 1.0), start=1):
        values: dict[str, float] = {Metric.TRAIN_LOSS: loss, Metric.TEST_ACCURACY: epoch / 10}
        with database.write() as session:
            record = EpochRecord(epoch=epoch, step=10 * epoch, values=values)
            records.epoch(session, run_id, held.attempt, record)
    return run_id


@BOTH
def test_a_series_has_every_point_and_marks_non_finite_values(api: TestClient, trained: int) -> None:
    (series,) = api.get(f"/api/v1/runs/{trained}/metrics", params={"keys": "train/loss"}).json()["series"]

    assert (series["run"], series["key"]) == (trained, "train/loss")
    assert series["epoch"] == [1, 2, 3]
    assert series["step"] == [10, 20, 30]
    assert series["value"] == [2.0, None, 1.0]
    assert series["nonfinite"] == {"1": "nan"}


def test_several_runs_and_keys_come_at_once(api: TestClient, trained: int, queued: Callable[..., int]) -> None:
    empty = queued()

    series = api.get("/api/v1/metrics", params={"runs": f"{trained},{empty}"}).json()["series"]

    assert [(each["run"], each["key"]) for each in series] == [(trained, "test/accuracy"), (trained, "train/loss")]


def test_only_later_epochs_can_be_asked_for(api: TestClient, trained: int) -> None:
    series = api.get(f"/api/v1/runs/{trained}/metrics", params={"since_epoch": 2}).json()["series"]

    assert [each["epoch"] for each in series] == [[3], [3]]


@pytest.mark.parametrize("runs", ["one", "1;2", "-1", "²", "9" * 30])
def test_invalid_ids_are_refused(api: TestClient, runs: str) -> None:
    assert api.get("/api/v1/metrics", params={"runs": runs}).status_code == 422


def test_a_long_series_is_sampled_only_on_request_and_marked(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued(epochs=3)
    held = claim()
    with database.write() as session:
        losses = [(step, float(step)) for step in range(1, 102)]
        records.progress(session, run_id, held.attempt, epoch=1, share=0.5, losses=losses)
    url = f"/api/v1/runs/{run_id}/metrics"

    (whole,) = api.get(url, params={"keys": "step/loss"}).json()["series"]
    (thin,) = api.get(url, params={"keys": "step/loss", "max_points": 5}).json()["series"]

    assert (len(whole["step"]), whole["sampled_from"]) == (101, None)
    assert (thin["step"], thin["sampled_from"]) == ([1, 2, 100, 101], 101)
    assert api.get(url).json()["series"] == [], "steps come only by name"


def test_of_a_sampled_series_each_nan_is_named_at_its_new_place(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued(epochs=3)
    held = claim()
    losses = [(step, math.nan if step == 40 else 1.0) for step in range(1, 102)]
    with database.write() as session:
        records.progress(session, run_id, held.attempt, epoch=1, share=0.5, losses=losses)

    params: dict[str, str | int] = {"keys": "step/loss", "max_points": 4}
    (thin,) = api.get(f"/api/v1/runs/{run_id}/metrics", params=params).json()["series"]

    place = thin["step"].index(40)
    assert (thin["value"][place], thin["nonfinite"]) == (None, {str(place): "nan"})
