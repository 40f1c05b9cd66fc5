"""Deleting versions of data sets: what keeps them, and what of the runs on them stays."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.catalog import dataset_versions
from backend.db import catalog, versions
from backend.db.database import Database, DatabaseUnreachable
from backend.db.tables import DatasetVersionTable, utc_now
from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import DatasetCard, Provenance
from skiplab.contract.lifecycle import Status
from tests.backend.catalog.pets import PICTURE, announce, put, shade
from worker import catalog_watcher


@pytest.mark.usefixtures("pets")
def test_a_version_is_not_deleted_while_a_run_may_still_train_on_it(
    api: TestClient, tmp_path: Path, run_on: Callable[[Status], int]
) -> None:
    waiting = run_on(Status.QUEUED)

    answer = api.delete("/api/v1/datasets/pets?version=2&force=true")

    assert answer.status_code == 409
    assert f"used by run {waiting}, not yet ended" in answer.json()["detail"]
    assert places.dataset(tmp_path, "pets", 2).is_dir()
    assert api.delete("/api/v1/datasets/pets?version=1").status_code == 204


@pytest.mark.usefixtures("pets")
def test_a_version_used_by_finished_runs_is_deleted_only_by_force_and_their_metrics_stay(
    api: TestClient, run_on: Callable[[Status], int], tmp_path: Path
) -> None:
    run_id = run_on(Status.FINISHED)
    refused = api.delete("/api/v1/datasets/pets?version=2")
    assert refused.status_code == 409
    assert f"was used by run {run_id}" in refused.json()["detail"]

    assert api.delete("/api/v1/datasets/pets?version=2&force=true").status_code == 204

    assert not places.dataset(tmp_path, "pets", 2).exists()
    assert api.get(f"/api/v1/runs/{run_id}/confusion").json()["classes"] == ["kitten", "puppy"]
    assert api.get(f"/api/v1/runs/{run_id}").json()["data"]["sha256"] == "2" * 64
    assert api.get(f"{PICTURE}?version={'2' * 64}").status_code == 404
    second, first = api.get("/api/v1/datasets/pets/versions").json()["items"]
    assert (second["pictures"], second["current"], first["current"]) == (False, False, True)
    assert second["deleted_at"] is not None
    assert shade(api.get(PICTURE).content) == 10
    again = run_on(Status.QUEUED)
    assert api.get(f"/api/v1/runs/{again}").json()["data"]["version"] == 1


@pytest.mark.usefixtures("pets")
def test_a_run_on_a_deleted_version_cannot_be_retried_and_keeps_its_metrics(
    api: TestClient, database: Database, run_on: Callable[[Status], int], tmp_path: Path
) -> None:
    run_id = run_on(Status.CANCELLED)
    assert api.delete("/api/v1/datasets/pets?version=2&force=true").status_code == 204

    for what in ("resume", "retry"):
        refused = api.post(f"/api/v1/runs/{run_id}/{what}")
        assert refused.status_code == 409
        assert "the images of version 2 of pets were deleted" in refused.json()["detail"]

    assert api.get(f"/api/v1/runs/{run_id}").json()["epoch"] == 1
    assert api.get(f"/api/v1/runs/{run_id}/confusion").status_code == 200

    # The same images, imported again, are another version.
    put(tmp_path, 3, ["kitten", "puppy"], sha256="2" * 64)
    announce(database, tmp_path)
    assert api.post(f"/api/v1/runs/{run_id}/retry").status_code == 202


@pytest.mark.usefixtures("worker_id")
def test_a_run_on_generated_images_can_be_retried_without_them(database: Database) -> None:
    def version(number: int, provenance: Provenance) -> DatasetVersionTable:
        card = DatasetCard(
            key="shapes", label="Shapes", available=True, source="code", provenance=provenance, version=number
        ).model_copy(update={"sha256": f"{number}" * 64})
        return versions.announced(session, card)

    with database.write() as session:
        made = version(1, "generated")
        made.deleted_at = utc_now()
        session.flush()
        assert not versions.is_lost(session, made)
        # Beside another version the lab would make none.
        version(2, "imported")
        assert versions.is_lost(session, made)


@pytest.mark.usefixtures("pets")
def test_a_deletion_that_is_not_committed_leaves_the_images(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise DatabaseUnreachable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(catalog, "replace_dataset", fail)
        with pytest.raises(DatabaseUnreachable):
            dataset_versions.delete(database, tmp_path, "pets", 2)
    assert dataset_store.current(tmp_path, "pets") is not None

    dataset_versions.delete(database, tmp_path, "pets", 2)

    assert [each.name for each in places.datasets(tmp_path).iterdir() if not each.is_file()] == ["pets"]


@pytest.mark.usefixtures("pets")
def test_a_worker_that_announces_meanwhile_does_not_bring_a_deleted_version_back(
    database: Database, tmp_path: Path
) -> None:
    begun = threading.Event()

    class NotifyingDatabase(Database):
        def write(self, *given: Any, **more: Any) -> Any:
            begun.set()
            return super().write(*given, **more)

    with closing(NotifyingDatabase(database.url)) as workers_own, ThreadPoolExecutor(1) as thread:
        with ExitStack() as after, database.write() as session:
            announcing = thread.submit(catalog_watcher._announce_datasets, workers_own, tmp_path)
            begun.wait(10)
            row = versions.get(session, "pets", 2)
            assert row is not None
            row.deleted_at = utc_now()
            after.enter_context(dataset_store.deleting(tmp_path, "pets", 2))
        announcing.result(timeout=30)

    with database.read() as session:
        row = versions.get(session, "pets", 2)
        assert row is not None
        assert row.deleted_at is not None


@pytest.mark.usefixtures("pets")
def test_a_data_set_is_gone_with_its_last_version(api: TestClient) -> None:
    for number in (2, 1):
        assert api.delete(f"/api/v1/datasets/pets?version={number}").status_code == 204
    assert [each["key"] for each in api.get("/api/v1/datasets").json()["items"]] == ["digits"]
    assert api.delete("/api/v1/datasets/pets?version=1").status_code == 404
    assert api.delete("/api/v1/datasets/pets").status_code == 422
