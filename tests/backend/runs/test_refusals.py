"""Launches are refused by negative training checks before anything is queued."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog, checks
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.check import TrainingCheck

Tried = Callable[..., None]

REASON = "mine returns 10 logits for 3 classes: use the `classes` that build() is given."


@pytest.fixture
def tried(database: Database, worker_id: int) -> Tried:
    """Cache a check of the announced network `mine` 1, by default for three classes and 3 x 32 x 32."""
    models = [
        ModelDetails(key="mine", label="Mine", version="1"),
        ModelDetails(key="fixed", label="F", fixed_classes=10),
    ]
    data = [
        DatasetCard(key=key, label=key, classes=classes, image_shape=shape, available=True, source="a test")
        for key, classes, shape in (
            ("three", ["a", "b", "c"], (3, 32, 32)),
            ("large", ["a", "b", "c"], (3, 64, 64)),
            ("ten", [*"abcdefghij"], (3, 32, 32)),
            ("unknown", None, None),
        )
    ]
    with database.write() as session:
        catalog.announce(session, models, data)
    assert worker_id

    def keep(version: str = "1", **fields: object) -> None:
        found = {"image_shape": (3, 32, 32), "classes": 3, "outcome": "refused", "reason": REASON, **fields}
        with database.write() as session:
            checks.keep(session, "mine", version, TrainingCheck.model_validate(found))

    return keep


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs", {"model": "mine", "dataset": "three"}),
        ("experiments", {"name": "x", "spec": {"dataset": "three"}, "vary": {"model": ["mine"]}}),
        ("estimate", {"spec": {"model": "mine", "dataset": "three"}}),
    ],
)
def test_what_a_check_has_refused_cannot_be_launched(
    api: TestClient, tried: Tried, path: str, body: dict[str, object]
) -> None:
    tried()

    answer = api.post(f"/api/v1/{path}", json=body)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"].split(".")[-1], error["value"], error["message"]) == ("model", "mine", REASON)
    assert api.get("/api/v1/runs").json()["total"] == 0


@pytest.mark.parametrize("dataset", ["large", "ten", "unknown"])
def test_other_images_and_classes_are_another_question(api: TestClient, tried: Tried, dataset: str) -> None:
    tried()

    assert api.post("/api/v1/runs", json={"model": "mine", "dataset": dataset}).status_code == 201


@pytest.mark.parametrize(
    "found",
    [
        {"version": "2"},
        {"outcome": "trains", "reason": None},
        {"outcome": "unknown"},
        {"device": "cuda", "on_any_device": False},
    ],
)
def test_nothing_is_refused_for_another_version_device_or_outcome(
    api: TestClient, tried: Tried, found: dict[str, object]
) -> None:
    tried(**found)

    assert api.post("/api/v1/runs", json={"model": "mine", "dataset": "three"}).status_code == 201


def test_a_repeated_check_replaces_the_cached_one_and_those_of_older_versions_are_deleted(
    api: TestClient, database: Database, tried: Tried
) -> None:
    tried()
    tried(outcome="trains", reason=None)
    assert api.post("/api/v1/runs", json={"model": "mine", "dataset": "three"}).status_code == 201

    tried(version="2")
    with database.read() as session:
        assert [subject.version for subject in checks.of_models(session, ["mine"])] == ["2"]


def test_a_network_of_fixed_classes_is_refused_for_others(api: TestClient, tried: Tried) -> None:
    tried()

    answer = api.post("/api/v1/runs", json={"model": "fixed", "dataset": "three"})

    assert answer.status_code == 422
    assert "fixed gives 10 logits whatever the classes, and three has 3" in answer.json()["detail"]
    assert api.post("/api/v1/runs", json={"model": "fixed", "dataset": "ten"}).status_code == 201
