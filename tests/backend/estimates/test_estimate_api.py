"""POST /estimate: how many runs, how long."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.contract.catalog import DatasetCard, ModelDetails
from backend.db import catalog
from backend.db.database import Database
from backend.db.tables import MetricTable, RunTable, utc_now

DATA = {"dataset": "digits", "epochs": 10, "train_eval_limit": 0}


@pytest.fixture
def offered(database: Database, worker_id: int) -> int:
    """resnet18 costs ten times what cnn does; 900 images to train on and 300 to test on."""
    cost = {"cnn": 100, "resnet18": 1000}
    with database.write() as session:
        catalog.announce(
            session,
            [ModelDetails(key=key, label=key, measured=True, parameters=1, flops=flops) for key, flops in cost.items()],
            [
                DatasetCard(
                    key="digits", label="Digits", train_images=900, test_images=300, available=True, source="a package"
                )
            ],
        )
    return worker_id


@pytest.fixture
def measured(database: Database, offered: int, queued: Callable[..., int]) -> None:
    """A run of cnn that did 1,000 images a second. `offered` is a worker with one slot."""
    run_id = queued(model="cnn")
    with database.write() as session:
        session.get_one(RunTable, run_id).epoch = 1
        session.add(
            MetricTable(
                run_id=run_id,
                key="speed/images_per_second",
                step=1,
                epoch=1,
                time=utc_now(),
                value=float(1000 * offered),
            )
        )


@pytest.mark.usefixtures("measured")
def test_runs_that_were_seen_before_take_as_long_as_they_did(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"vary": {"seed": [0, 1]}, "spec": {"model": "cnn", **DATA}}).json()

    # 10 epochs of 900 training images and 300 test images at a third of the cost, twice, on one slot.
    assert answer == {"runs": 2, "seconds": pytest.approx(20.0), "slots": 1, "basis": "measured"}


@pytest.mark.usefixtures("measured")
def test_a_network_that_never_ran_is_reckoned_from_its_flops(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "resnet18", **DATA}}).json()

    assert (answer["seconds"], answer["basis"]) == (pytest.approx(100.0), "flops")


@pytest.mark.usefixtures("offered")
def test_without_any_measurement_it_says_that_it_does_not_know(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "cnn", **DATA}}).json()

    assert answer == {"runs": 1, "seconds": None, "slots": 1, "basis": "unknown"}


@pytest.mark.usefixtures("offered")
def test_what_could_not_be_launched_is_refused_at_its_field(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "cnn", "dataset": "digits", "epochs": 0}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "spec.epochs"
