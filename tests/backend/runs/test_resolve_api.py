"""Omitted fields are filled from preset, network and defaults, and stored."""

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, ModelDetails

MINE = ModelDetails(key="mine", label="Mine", measured=True, defaults={"optimizer": "adamw", "learning_rate": 0.001})
BROKEN = ModelDetails(
    key="broken", label="Broken", origin="plugin", source="broken.py", error='Traceback:\n  File "x"\nKeyError: 7\n'
)
DIGITS = DatasetCard(key="digits", label="Digits", available=True, source="a test")
REQUEST = {"model": "mine", "dataset": "digits"}


@pytest.fixture(autouse=True)
def _announced(database: Database) -> None:
    with database.write() as session:
        catalog.announce(session, [MINE], [DIGITS])
        catalog.announce_models(session, "plugin", [BROKEN])


def test_a_networks_own_defaults_are_stored_with_the_run(api: TestClient) -> None:
    spec = api.post("/api/v1/runs", json=REQUEST).json()["spec"]

    assert (spec["optimizer"], spec["learning_rate"], spec["weight_decay"]) == ("adamw", 0.001, 5e-4)


def test_a_preset_overrides_the_network_and_given_fields_override_both(api: TestClient) -> None:
    request = {**REQUEST, "preset": "he2016", "epochs": 3}

    resolved = api.post("/api/v1/runs/resolve", json=request).json()

    spec, origins = resolved["spec"], resolved["origins"]
    assert (spec["optimizer"], origins["optimizer"]) == ("sgd", "preset")
    assert (spec["epochs"], origins["epochs"]) == (3, "given")
    assert origins["seed"] == "default"
    assert api.post("/api/v1/runs", json=request).json()["spec"] == spec


def test_resolving_queues_nothing(api: TestClient) -> None:
    assert api.post("/api/v1/runs/resolve", json=REQUEST).json()["origins"]["learning_rate"] == "network"

    assert api.get("/api/v1/runs").json()["total"] == 0


def test_defaults_of_omitted_fields_are_listed_with_their_origin(api: TestClient) -> None:
    (mine,) = api.get("/api/v1/runs/defaults", params={"models": "mine", "preset": "he2016"}).json()["items"]
    (none,) = api.get("/api/v1/runs/defaults").json()["items"]

    assert (mine["models"], none["models"]) == (["mine"], [])
    assert (mine["fields"]["optimizer"], mine["origins"]["optimizer"]) == ("sgd", "preset")
    assert (none["fields"]["optimizer"], none["origins"]["optimizer"]) == ("sgd", "default")
    assert "model" not in mine["fields"]


def test_networks_that_agree_share_an_answer(api: TestClient) -> None:
    items = api.get("/api/v1/runs/defaults", params={"models": "broken,mine,gone"}).json()["items"]

    assert [each["models"] for each in items] == [["broken", "gone"], ["mine"]]
    assert [each["fields"]["learning_rate"] for each in items] == [0.1, 0.001]


def test_fields_must_agree_only_once_the_preset_has_given_its_part(api: TestClient) -> None:
    warm = {**REQUEST, "warmup_epochs": 12}  # more than the default's ten epochs, fewer than the preset's twenty

    assert api.post("/api/v1/runs", json=warm).status_code == 422
    assert api.post("/api/v1/runs", json={**warm, "preset": "report"}).status_code == 201


def test_an_experiment_resolves_each_combination(api: TestClient) -> None:
    request = {"name": "x", "vary": {"learning_rate": [0.5]}, "spec": REQUEST, "preset": "fast"}

    (run,) = api.post("/api/v1/experiments", json=request).json()["runs"]

    assert (run["spec"]["learning_rate"], run["spec"]["optimizer"]) == (0.5, "sgd")


def test_an_unknown_preset_is_refused_with_the_list(api: TestClient) -> None:
    (error,) = api.post("/api/v1/runs", json={**REQUEST, "preset": "slow"}).json()["errors"]

    assert (error["field"], error["value"]) == ("preset", "slow")
    assert "he2016" in error["allowed"]


def test_a_network_that_cannot_be_built_is_refused_with_its_reason(api: TestClient) -> None:
    (error,) = api.post("/api/v1/runs", json={**REQUEST, "model": "broken"}).json()["errors"]

    assert error["message"] == "broken (broken.py) cannot be built: KeyError: 7"
