"""Errands through the API: requested, listed, cancelled."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.db import errands
from backend.db.database import Database
from skiplab.contract.errands import CardTask, PreviewTask
from tests.backend.conftest import CountingNotifier
from tests.backend.imports.test_uploads_api import PETS, ZIP
from tests.errands import claim_errand

CARD = {"kind": "measure_card", "model": "cnn"}


@pytest.mark.usefixtures("worker_id")
def test_an_errand_is_requested_once_and_workers_are_notified(api: TestClient, notifier: CountingNotifier) -> None:
    answer = api.post("/api/v1/errands", json=CARD)

    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/errands/{made['id']}")
    assert (made["kind"], made["task"], made["status"], made["attempt"]) == ("measure_card", CARD, "waiting", 0)
    assert notifier.errands == [made["id"]]
    assert api.post("/api/v1/errands", json=CARD).json() == made
    assert api.get(f"/api/v1/errands/{made['id']}").json() == made
    listed = api.get("/api/v1/errands")
    assert listed.json()["items"] == [made]
    assert int(listed.headers["skiplab-event-id"]) > 0


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("task", "status"),
    [
        ({"kind": "measure_card", "model": "none"}, 404),
        ({"kind": "preview_augmentation", "dataset": "none"}, 404),
        ({"kind": "preview_augmentation", "dataset": "digits"}, 202),
        ({"kind": "import_data", "import_id": 1}, 422),
        ({"kind": "measure_card"}, 422),
        ({"kind": "dance"}, 422),
        ({"kind": "measure_card", "model": "cnn", "more": 1}, 422),
    ],
)
def test_only_what_a_worker_can_do_is_queued(task: dict[str, object], status: int, api: TestClient) -> None:
    assert api.post("/api/v1/errands", json=task).status_code == status


@pytest.mark.usefixtures("worker_id")
def test_errands_are_listed_newest_first_by_kind_and_status(api: TestClient) -> None:
    for model in ("cnn", "resnet18"):
        api.post("/api/v1/errands", json={**CARD, "model": model})
    api.post("/api/v1/errands", json={"kind": "preview_augmentation", "dataset": "digits"})
    api.post("/api/v1/errands/1/cancel")

    def ids(**query: str) -> list[int]:
        return [each["id"] for each in api.get("/api/v1/errands", params=query).json()["items"]]

    assert ids() == [3, 2, 1]
    assert ids(kind="measure_card") == [2, 1]
    assert ids(kind="measure_card", status="cancelled") == [1]
    assert ids(limit="1") == [3]


def test_an_errand_is_cancelled_whether_it_waits_or_runs_but_not_once_it_has_ended(
    api: TestClient, database: Database, worker_id: int
) -> None:
    waiting, running, done = (
        api.post("/api/v1/errands", json=task).json()["id"]
        for task in (CARD, {**CARD, "model": "resnet18"}, {"kind": "preview_augmentation", "dataset": "digits"})
    )
    with database.write() as session:
        assert claim_errand(session, worker_id, lambda task: task == CardTask(model="resnet18")) is not None
        assert claim_errand(session, worker_id, lambda task: isinstance(task, PreviewTask)) is not None
        errands.finish(session, done, 1)

    for errand_id in (waiting, running, waiting):
        answer = api.post(f"/api/v1/errands/{errand_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    refused = api.post(f"/api/v1/errands/{done}/cancel")
    assert refused.status_code == 409
    assert refused.json()["detail"] == f"Errand {done} is done: only one that waits or runs can be cancelled."
    assert api.post("/api/v1/errands/999/cancel").status_code == 404
    assert api.get("/api/v1/errands/999").status_code == 404


def test_an_import_is_cancelled_by_its_errand_too_with_its_upload(api: TestClient, tmp_path: Path) -> None:
    made = api.post("/api/v1/datasets?key=pets", content=PETS, headers=ZIP).json()
    (errand,) = api.get("/api/v1/errands?kind=import_data").json()["items"]
    assert errand["task"] == {"kind": "import_data", "import_id": made["id"]}

    assert api.post(f"/api/v1/errands/{errand['id']}/cancel").status_code == 202

    assert api.get(f"/api/v1/imports/{made['id']}").json()["status"] == "cancelled"
    assert not (tmp_path / "uploads" / str(made["id"])).exists()
