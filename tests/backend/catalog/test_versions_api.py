"""Versions of data sets over HTTP: their list, their pictures and their names."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from backend.catalog import dataset_versions, images
from backend.db import submissions, versions
from backend.db.database import Database
from backend.db.tables import ConfusionTable
from backend.errors import NotFound
from skiplab.cli import app
from skiplab.contract import dataset_store, places
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from tests.backend.catalog.pets import PICTURE, announce, put, shade


@pytest.mark.usefixtures("pets")
def test_an_image_is_of_the_version_given_by_number_or_hash(api: TestClient) -> None:
    asked = {"version=1": 10, "version=2": 90, f"version={'1' * 64}": 10, "": 90}
    assert {query: shade(api.get(f"{PICTURE}?{query}").content) for query in asked} == asked
    assert shade(api.get(f"/api/v1/datasets/pets/samples/test/0?version={'1' * 64}").content) == 10


@pytest.mark.usefixtures("pets")
def test_no_stale_image_is_shown_after_another_import(api: TestClient) -> None:
    named, current = api.get(f"{PICTURE}?version={'2' * 64}"), api.get(PICTURE)
    assert named.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert current.headers["cache-control"] == "private, no-cache"
    # A number names other images in another home, which may have this address later.
    assert api.get(f"{PICTURE}?version=2").headers["cache-control"] == "private, no-cache"
    tag = current.headers["etag"]
    assert api.get(PICTURE, headers={"If-None-Match": tag}).status_code == 304
    assert api.get(f"{PICTURE}?version=1", headers={"If-None-Match": tag}).status_code == 200


def test_images_deleted_during_a_request_are_not_found(tmp_path: Path) -> None:
    put(tmp_path, 1, ["cat", "dog"])
    folder = places.dataset(tmp_path, "pets", 1)
    asks: list[Callable[[], object]] = [
        lambda: images.png(folder, "pets", "test", 0),
        lambda: images.samples(folder, "pets", "test", 0),
        lambda: dataset_versions._tag(folder, "pets"),
    ]
    with dataset_store.deleting(tmp_path, "pets", 1):
        for ask in asks:
            with pytest.raises(NotFound, match="'pets' are not on this machine"):
                ask()


@pytest.mark.usefixtures("pets")
@pytest.mark.parametrize(("query", "status"), [("3", 404), ("0" * 64, 404), ("x", 422), ("0", 422), ("9" * 30, 422)])
def test_an_unknown_version_is_a_client_error(api: TestClient, query: str, status: int) -> None:
    assert api.get(f"{PICTURE}?version={query}").status_code == status


@pytest.mark.usefixtures("pets")
def test_a_run_keeps_the_names_and_pictures_of_its_own_version(
    api: TestClient, database: Database, run_on: Callable[[Status], int]
) -> None:
    later = run_on(Status.FINISHED)
    with database.write() as session:
        first = versions.get(session, "pets", 1)
        assert first is not None
        earlier = submissions.add(session, RunSpec(model="cnn", dataset="pets"), name="earlier")
        assert earlier.id is not None
        earlier.data_version_id = first.id
        session.add(ConfusionTable(run_id=earlier.id, epoch=1, counts=[[1, 1], [0, 2]], mistakes=[]))
        earlier_id = earlier.id

    def telemetry_of(run_id: int | None, what: str) -> dict[str, object]:
        answer: dict[str, object] = api.get(f"/api/v1/runs/{run_id}/{what}").json()
        return answer

    assert telemetry_of(earlier_id, "confusion")["classes"] == ["cat", "dog"]
    assert telemetry_of(later, "confusion")["classes"] == ["kitten", "puppy"]
    assert telemetry_of(later, "mistakes")["data"] == {"version": 2, "sha256": "2" * 64, "provenance": "imported"}
    assert telemetry_of(earlier_id, "mistakes")["data"] == {"version": 1, "sha256": "1" * 64, "provenance": "imported"}


@pytest.mark.usefixtures("pets")
def test_versions_are_listed_with_the_runs_on_them(api: TestClient, run_on: Callable[[Status], int]) -> None:
    run_on(Status.FINISHED)
    run_on(Status.QUEUED)

    second, first = api.get("/api/v1/datasets/pets/versions").json()["items"]

    assert (second["version"], second["current"], second["runs"], second["unfinished"]) == (2, True, 2, 1)
    assert (first["version"], first["current"], first["runs"], first["unfinished"]) == (1, False, 0, 0)
    assert (first["classes"], first["pictures"], first["deleted_at"]) == (["cat", "dog"], True, None)
    assert api.get("/api/v1/datasets/nothing/versions").status_code == 404
    assert api.get("/api/v1/datasets/digits/versions").json() == {"items": []}


@pytest.mark.usefixtures("pets")
@pytest.mark.parametrize("stored", [{"key": "pets", "train_images": "many"}, {}, "damaged"])
def test_an_unreadable_data_card_affects_nothing_else(
    api: TestClient, database: Database, tmp_path: Path, run_on: Callable[[Status], int], stored: object
) -> None:
    run_id = run_on(Status.FINISHED)
    with database.write() as session:
        if stored == "damaged":
            session.execute(text("UPDATE dataset SET card = '{' WHERE key = 'pets'"))
        else:
            session.execute(text("UPDATE dataset SET card = :card WHERE key = 'pets'"), {"card": json.dumps(stored)})

    for path in ("datasets", "datasets/pets/versions", f"evidence?runs={run_id}", f"figures/curves?runs={run_id}"):
        assert api.get(f"/api/v1/{path}").status_code in (200, 422), path
    refused = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "pets"})
    assert "pets cannot be loaded: This card was written by another version" in refused.json()["detail"]

    announce(database, tmp_path)

    assert {each["key"]: each["error"] for each in api.get("/api/v1/datasets").json()["items"]} == {
        "digits": None,
        "pets": None,
    }


@pytest.mark.usefixtures("pets")
def test_a_damaged_card_on_the_disk_is_named_and_the_other_versions_are_shown(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    (places.dataset(tmp_path, "pets", 2) / dataset_store.CARD).write_text("{")
    announce(database, tmp_path)

    cards = {each["key"]: each for each in api.get("/api/v1/datasets").json()["items"]}

    assert "card.json cannot be read (it is damaged)" in cards["pets"]["error"]
    second, first = api.get("/api/v1/datasets/pets/versions").json()["items"]
    assert (second["classes"], second["source"]) == (["kitten", "puppy"], "imported from pets")
    assert (first["version"], first["pictures"]) == (1, True)
    for version, status in (("1", 200), ("2", 404)):
        assert api.get(f"{PICTURE}?version={version}").status_code == status
    assert api.delete("/api/v1/datasets/pets?version=1").status_code == 204


@pytest.mark.usefixtures("pets")
def test_a_label_survives_announcements_of_workers(api: TestClient, database: Database, tmp_path: Path) -> None:
    assert api.patch("/api/v1/datasets/pets", json={"label": "My pets"}).json()["label"] == "My pets"
    announce(database, tmp_path)
    labels = {each["key"]: each["label"] for each in api.get("/api/v1/datasets").json()["items"]}
    assert labels == {"digits": "Digits", "pets": "My pets"}
    assert api.patch("/api/v1/datasets/nothing", json={"label": "x"}).status_code == 404
    assert api.patch("/api/v1/datasets/pets", json={"key": "cats"}).status_code == 422


@pytest.mark.usefixtures("pets")
@pytest.mark.parametrize("label", [" ", "a\nb", "a\tb", "\u202eterces", "x" * 201])
def test_a_label_is_one_printable_line(api: TestClient, tmp_path: Path, label: str) -> None:
    assert api.patch("/api/v1/datasets/pets", json={"label": label}).status_code == 422
    result = CliRunner().invoke(app, ["data", "rename", "pets", label, "--home", str(tmp_path)])
    assert (result.exit_code, "1 to 200 characters" in result.output) == (1, True)
    assert api.patch("/api/v1/datasets/pets", json={"label": " My pets "}).json()["label"] == "My pets"


@pytest.mark.usefixtures("pets")
def test_a_label_is_deleted_with_the_last_version(api: TestClient, database: Database, tmp_path: Path) -> None:
    api.patch("/api/v1/datasets/pets", json={"label": "My pets"})
    for number in (2, 1):
        assert api.delete(f"/api/v1/datasets/pets?version={number}").status_code == 204

    put(tmp_path, 3, ["lion", "wolf"])
    announce(database, tmp_path)

    assert {each["label"] for each in api.get("/api/v1/datasets").json()["items"]} == {"Digits", "pets"}


@pytest.mark.usefixtures("pets")
def test_an_upload_under_the_key_of_a_generated_data_set_is_refused_before_it_comes(api: TestClient) -> None:
    answer = api.post("/api/v1/datasets?key=digits", content=b"anything", headers={"Content-Type": "application/zip"})
    assert answer.status_code == 409
    assert "digits is a built-in data set" in answer.json()["detail"]


@pytest.mark.usefixtures("pets")
def test_the_command_line_does_the_same(tmp_path: Path) -> None:
    def output_of(*command: str) -> str:
        return CliRunner().invoke(app, ["data", *command, "--home", str(tmp_path)]).output

    assert [line.split()[1] for line in output_of("versions", "pets").splitlines()] == ["2", "1"]
    assert output_of("rename", "pets", "My pets") == ""
    assert output_of("delete", "pets", "--version", "1") == ""
    assert "deleted" in output_of("versions", "pets")
    assert "There is no version 1 of 'pets'" in output_of("delete", "pets", "--version", "1")


@pytest.mark.usefixtures("pets")
def test_only_a_token_that_may_write_changes_data(guarded: TestClient) -> None:
    for answer in (
        guarded.delete("/api/v1/datasets/pets?version=1"),
        guarded.patch("/api/v1/datasets/pets", json={"label": "x"}),
    ):
        assert answer.status_code == 401
