"""Networks through the API: a light list, whole cards one by one, and refusals that their cards tell."""

import json

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog, errands, events
from backend.db.database import Database
from backend.db.tables import DatasetTable, ModelTable
from skiplab.contract.catalog import DatasetCard, Layer, ModelDetails
from skiplab.contract.errands import CardTask

CNN = ModelDetails(
    key="cnn",
    label="CNN",
    measured=True,
    parameters=62_006,
    flops=1_303_440,
    depth=5,
    smallest=16,
    structure="Net()",
    layers=[Layer(name="fc", type="Linear", output_shape=[10], parameters=62_006, flops=1_303_440)],
)
UNMEASURED = ModelDetails(key="torchvision.alexnet", label="alexnet", origin="torchvision", source="torchvision 1.0")
SMALL = DatasetCard(key="small", label="Small", image_shape=(3, 8, 12), available=True, source="a test")


@pytest.fixture(autouse=True)
def _announced(database: Database) -> None:
    with database.write() as session:
        catalog.announce_models(session, "torchvision", [UNMEASURED])
        catalog.announce(session, [CNN], [SMALL])


def requested(database: Database) -> list[str]:
    """Networks whose numbers an errand is to measure."""
    with database.read() as session:
        tasks = [errands.task_of(row) for row in errands.waiting(session)]
    return [task.model for task in tasks if isinstance(task, CardTask)]


def published(database: Database) -> list[dict[str, list[str]]]:
    with database.read() as session:
        return [json.loads(row.payload) for row in events.since(session, after=0) if row.type == "catalog"]


def test_the_list_is_light_and_in_the_order_of_origins(api: TestClient) -> None:
    items = api.get("/api/v1/models").json()["items"]

    assert [item["key"] for item in items] == ["cnn", "torchvision.alexnet"]
    assert "layers" not in items[0]
    assert "structure" not in items[0]
    assert (items[0]["depth"], items[0]["smallest"]) == (5, 16)


def test_a_networks_own_answer_has_the_layer_table_and_the_structure(api: TestClient, database: Database) -> None:
    assert ModelDetails.model_validate(api.get("/api/v1/models/cnn").json()) == CNN
    assert requested(database) == []


def test_no_measurement_is_requested_while_a_plugin_is_inspected(api: TestClient, database: Database) -> None:
    waiting = ModelDetails(key="mine", label="mine.py", origin="plugin", source="mine.py", inspecting=True)
    with database.write() as session:
        catalog.announce_models(session, "plugin", [waiting])

    assert api.get("/api/v1/models/mine").json()["inspecting"]
    assert requested(database) == []


def test_missing_measurements_are_requested_and_published_when_done(api: TestClient, database: Database) -> None:
    assert not api.get("/api/v1/models/torchvision.alexnet").json()["measured"]
    assert requested(database) == ["torchvision.alexnet"]

    measured = UNMEASURED.model_copy(update={"measured": True, "parameters": 5})
    with database.write() as session:
        (errand,) = errands.waiting(session)
        errands.cancel(session, errand)
        catalog.keep_measured(session, measured)

    assert requested(database) == []
    assert published(database)[-1] == {"models": ["torchvision.alexnet"], "datasets": []}
    assert api.get("/api/v1/models/torchvision.alexnet").json()["parameters"] == 5


def test_measurements_survive_an_announcement_of_the_same_version_only(api: TestClient, database: Database) -> None:
    with database.write() as session:
        catalog.keep_measured(session, UNMEASURED.model_copy(update={"measured": True, "parameters": 5}))
        catalog.announce_models(session, "torchvision", [UNMEASURED])
    assert api.get("/api/v1/models/torchvision.alexnet").json()["parameters"] == 5

    with database.write() as session:
        catalog.announce_models(session, "torchvision", [UNMEASURED.model_copy(update={"source": "torchvision 2.0"})])
    assert api.get("/api/v1/models/torchvision.alexnet").json()["parameters"] is None


def test_an_announcement_without_changes_publishes_nothing(database: Database) -> None:
    before = published(database)

    with database.write() as session:
        catalog.announce(session, [CNN], [SMALL])

    assert published(database) == before
    assert before[-2:] == [{"models": ["cnn"], "datasets": []}, {"models": [], "datasets": ["small"]}]


def test_unavailable_published_weights_are_refused_at_their_field(api: TestClient, database: Database) -> None:
    with database.write() as session:
        catalog.announce_models(session, "torchvision", [UNMEASURED.model_copy(update={"published_weights": "a.pth"})])

    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "small", "weights": "published"})

    error = answer.json()["errors"][0]
    assert (error["field"], error["value"]) == ("weights", "published")
    assert "no published weights of cnn" in error["message"]
    assert "available for torchvision.alexnet" in error["message"]


def test_a_network_that_needs_larger_images_is_refused_with_that_reason(api: TestClient) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "small"})

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("model", "cnn")
    assert error["message"] == "cnn needs at least 16 x 16 pixels; the images of small are 8 x 12"


def test_a_card_of_another_version_has_an_error_and_breaks_no_list(
    api: TestClient, database: Database, worker_id: int
) -> None:
    assert worker_id
    with database.write() as session:
        session.get_one(ModelTable, "cnn").card = {"key": "cnn", "parameters": "many"}
        session.get_one(DatasetTable, "digits").card = {}

    models = {card["key"]: card for card in api.get("/api/v1/models").json()["items"]}

    assert models["resnet18"]["error"] is None
    assert "restart the worker" in models["cnn"]["error"]
    assert "restart the worker" in api.get("/api/v1/models/cnn").json()["error"]
    assert "restart the worker" in api.get("/api/v1/datasets").json()["items"][0]["error"]
