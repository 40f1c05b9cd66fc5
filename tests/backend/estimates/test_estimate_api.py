"""POST /estimate: how many runs, how long."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog, checks, metrics
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.tables import RunTable, utc_now
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.check import TrainingCheck
from skiplab.contract.metrics import Metric
from tests.backend.evidence.runs import network

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
        metrics.store(session, [Point.of(run_id, Metric.IMAGES_PER_SECOND, 1, 1, utc_now(), 1000.0 * offered)])


@pytest.mark.usefixtures("measured")
def test_runs_that_were_seen_before_take_as_long_as_they_did(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"vary": {"seed": [0, 1]}, "spec": {"model": "cnn", **DATA}}).json()

    # 10 epochs of 900 training images and 300 test images at a third of the cost, twice, on one slot.
    assert answer == {"runs": 2, "seconds": pytest.approx(20.0), "slots": 1, "basis": "measured"}


@pytest.mark.usefixtures("measured")
def test_a_network_that_never_ran_is_estimated_from_its_flops(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "resnet18", **DATA}}).json()

    assert (answer["seconds"], answer["basis"]) == (pytest.approx(100.0), "flops")


@pytest.mark.usefixtures("offered")
def test_without_any_measurement_the_estimate_is_unknown(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "cnn", **DATA}}).json()

    assert answer == {"runs": 1, "seconds": None, "slots": 1, "basis": "unknown"}


@pytest.mark.usefixtures("offered")
def test_what_could_not_be_launched_is_refused_at_its_field(api: TestClient) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {"model": "cnn", "dataset": "digits", "epochs": 0}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "spec.epochs"


@pytest.fixture
def two_sizes(database: Database, worker_id: int, queued: Callable[..., int]) -> None:
    """cnn, which costs 100 FLOPs on the card's 3 x 32 x 32 and 10 classes, did 1,000 images a second there; `large` has
    images of twice the side. resnet18 costs ten times as much, and more on 200 classes, as a check has found."""
    models = [
        ModelDetails(key=key, label=key, version="1", measured=True, parameters=1, flops=flops)
        for key, flops in COST.items()
    ]
    sizes = {"small": (32, 10), "large": (64, 10), "many": (32, 200)}
    data = [
        DatasetCard(
            key=key,
            label=key,
            classes=[str(each) for each in range(classes)],
            image_shape=(3, side, side),
            train_images=900,
            test_images=300,
            available=True,
            source="a test",
        )
        for key, (side, classes) in sizes.items()
    ]
    assert worker_id
    run_id = queued(model="cnn", dataset="digits")
    with database.write() as session:
        catalog.announce(session, models, data)
        found = TrainingCheck(image_shape=(3, 32, 32), classes=200, outcome="trains", parameters=1, flops=5000)
        checks.keep(session, "resnet18", "1", found)
        row = session.get_one(RunTable, run_id)
        row.dataset, row.epoch = "small", 1
        row.network = network(1, 100).model_dump(mode="json")
        metrics.store(session, [Point.of(run_id, Metric.IMAGES_PER_SECOND, 1, 1, utc_now(), 1000.0)])


COST = {"cnn": 100, "resnet18": 1000}


@pytest.mark.usefixtures("two_sizes")
@pytest.mark.parametrize(
    ("model", "dataset", "seconds", "basis"),
    [
        ("cnn", "small", 10.0, "measured"),
        ("cnn", "large", 40.0, "flops"),
        ("cnn", "many", 10.0, "flops"),
        ("resnet18", "small", 100.0, "flops"),
        ("resnet18", "large", 400.0, "flops"),
        ("resnet18", "many", 500.0, "flops"),
    ],
)
def test_an_estimate_goes_by_the_size_of_the_datas_own_images_and_by_its_classes(
    api: TestClient, model: str, dataset: str, seconds: float, basis: str
) -> None:
    answer = api.post("/api/v1/estimate", json={"spec": {**DATA, "model": model, "dataset": dataset}}).json()

    assert (answer["seconds"], answer["basis"]) == (pytest.approx(seconds), basis)
