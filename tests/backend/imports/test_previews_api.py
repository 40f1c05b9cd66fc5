"""Uploads are inspected before confirmation, and can be cancelled at any time."""

import os
import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog, errands, events, imports
from backend.db.database import Database, Session
from backend.db.errands import ErrandClaim, ErrandLost
from backend.db.tables import utc_now
from backend.housekeeper import Housekeeper
from backend.settings import Settings
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.errands import ImportTask
from skiplab.contract.events import EventType
from skiplab.contract.imports import Found, FoundSplit, Group, Import, NamesCandidate
from tests.backend.conftest import Clock
from tests.backend.imports.test_uploads_api import PETS
from tests.errands import claim_errand
from tests.lab import running_web, until

FOUND = Found(
    layout="<split>/<class>/ folders",
    classes=["cat", "dog"],
    splits=[FoundSplit(split="train", images=3, counts=[1, 2], origin="train/")],
)


def previewed(api: TestClient, **query: Any) -> dict[str, Any]:
    given = {"key": "pets", "preview": True, "file": "my pets.zip", **query}
    answer = api.post("/api/v1/datasets", params=given, content=PETS, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


def claimed(session: Session, worker_id: int, import_id: int) -> ErrandClaim:
    """The errand of that import, claimed by the worker."""
    claim = claim_errand(session, worker_id, lambda task: task == ImportTask(import_id=import_id))
    assert claim is not None
    return claim


def found(database: Database, worker_id: int, import_id: int, report: Found = FOUND) -> None:
    with database.write() as session:
        claim = claimed(session, worker_id, import_id)
        imports.keep_found(session, import_id, report)
        errands.finish(session, claim.errand_id, claim.attempt)


def status(api: TestClient, import_id: int) -> str:
    return str(api.get(f"/api/v1/imports/{import_id}").json()["status"])


def test_a_preview_is_inspected_shown_and_taken_with_what_was_chosen(
    api: TestClient, database: Database, worker_id: int
) -> None:
    made = previewed(api, size=32)
    assert (made["status"], made["preview"], made["found"], made["file"]) == ("waiting", True, None, "my pets.zip")

    found(database, worker_id, made["id"])

    shown = api.get(f"/api/v1/imports/{made['id']}").json()
    assert shown["status"] == "found"
    assert shown["found"]["splits"] == [{"split": "train", "images": 3, "counts": [1, 2], "origin": "train/"}]
    answer = api.post(f"/api/v1/imports/{made['id']}/take", json={"key": "cats", "size": 64, "test_share": 0.3})
    taken = answer.json()
    assert answer.status_code == 202, answer.text
    assert (taken["status"], taken["preview"], taken["key"]) == ("waiting", False, "cats")
    assert (taken["size"], taken["test_share"], taken["skip_bad"]) == (64, 0.3, False)
    with database.write() as session:
        claimed(session, worker_id, made["id"])
    assert status(api, made["id"]) == "importing"


def test_a_preview_can_be_inspected_again_with_other_choices(
    api: TestClient, database: Database, worker_id: int
) -> None:
    made = previewed(api)
    found(database, worker_id, made["id"])

    again = api.post(f"/api/v1/imports/{made['id']}/inspect", json={"names": "gbk"}).json()

    assert (again["status"], again["preview"], again["names"]) == ("waiting", True, "gbk")


@pytest.mark.parametrize("what", ["take", "inspect"])
@pytest.mark.parametrize(
    ("key", "says"), [("digits", "digits is a built-in data set"), ("cells", "loaded by the plugin cells.py")]
)
def test_a_key_that_no_import_can_have_is_refused_while_the_upload_is_kept(
    api: TestClient, database: Database, worker_id: int, what: str, key: str, says: str
) -> None:
    made = previewed(api)
    found(database, worker_id, made["id"])
    cards = [
        DatasetCard(key="digits", label="", available=True, source="", provenance="generated"),
        DatasetCard(key="cells", label="", available=True, source="", plugin="cells.py"),
    ]
    with database.write() as session:
        catalog.announce_datasets(session, cards[:1])
        catalog.announce_datasets(session, cards[1:], of_plugins=True)

    refused = api.post(f"/api/v1/imports/{made['id']}/{what}", json={"key": key})

    assert refused.status_code == 409
    assert says in refused.json()["detail"]
    assert status(api, made["id"]) == "found"
    assert api.post(f"/api/v1/imports/{made['id']}/{what}", json={"key": "cats"}).status_code == 202


@pytest.mark.parametrize(
    ("report", "choice"),
    [
        (
            FOUND.model_copy(
                update={"unreadable": Group(why="", count=1, first=["a"]), "refused": "1 image cannot be read"}
            ),
            {"skip_bad": True},
        ),
        (
            Found(
                layout="",
                names=[NamesCandidate(encoding="gbk", examples=["a"])],
                refused="1 image cannot be read: names",
            ),
            {"names": "gbk"},
        ),
    ],
    ids=["unreadable", "names"],
)
def test_an_upload_that_needs_a_choice_is_not_imported_without_it(
    report: Found, choice: dict[str, Any], api: TestClient, database: Database, worker_id: int
) -> None:
    made = previewed(api)
    found(database, worker_id, made["id"], report)

    refused = api.post(f"/api/v1/imports/{made['id']}/take")

    assert refused.status_code == 409
    assert "1 image cannot be read" in refused.json()["detail"]
    assert api.post(f"/api/v1/imports/{made['id']}/take", json=choice).status_code == 202


def test_only_an_inspected_upload_can_be_confirmed(api: TestClient) -> None:
    made = previewed(api)

    early = api.post(f"/api/v1/imports/{made['id']}/take")

    assert early.status_code == 409
    assert (
        early.json()["detail"]
        == f"Import {made['id']} is waiting for a worker: only an inspected upload can be confirmed."
    )
    assert api.post("/api/v1/imports/999/take").status_code == 404
    assert api.post("/api/v1/imports/999/cancel").status_code == 404
    assert api.post(f"/api/v1/imports/{made['id']}/take", json={"unknown": 1}).status_code == 422


@pytest.mark.parametrize("state", ["waiting", "inspecting", "found", "importing"])
def test_an_import_is_cancelled_in_any_state_with_its_file(
    state: str, api: TestClient, database: Database, worker_id: int, tmp_path: Path
) -> None:
    made, claim = previewed(api), None
    if state == "inspecting":
        with database.write() as session:
            claim = claimed(session, worker_id, made["id"])
    elif state != "waiting":
        found(database, worker_id, made["id"])
    if state == "importing":
        api.post(f"/api/v1/imports/{made['id']}/take")
        with database.write() as session:
            claim = claimed(session, worker_id, made["id"])
    assert status(api, made["id"]) == state

    answer = api.post(f"/api/v1/imports/{made['id']}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert answer.json()["ended_at"] is not None
    assert not (tmp_path / "uploads" / str(made["id"])).exists()
    assert api.post(f"/api/v1/imports/{made['id']}/cancel").status_code == 202
    with database.write() as session:
        assert not errands.waiting(session)
        if claim is not None:
            with pytest.raises(ErrandLost):
                errands.progress(session, claim.errand_id, claim.attempt, done=1, total=2)


def test_a_finished_import_cannot_be_cancelled(api: TestClient, database: Database, worker_id: int) -> None:
    made = previewed(api)
    found(database, worker_id, made["id"])
    api.post(f"/api/v1/imports/{made['id']}/take")
    with database.write() as session:
        claim = claimed(session, worker_id, made["id"])
        errands.finish(session, claim.errand_id, claim.attempt)

    refused = api.post(f"/api/v1/imports/{made['id']}/cancel")

    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        f"Import {made['id']} has already ended: it is done.",
    )


def test_an_unconfirmed_preview_is_deleted_after_a_day(
    api: TestClient, database: Database, worker_id: int, tmp_path: Path, clock: Clock
) -> None:
    made, other = previewed(api), previewed(api)
    for each in (made, other):
        found(database, worker_id, each["id"])
    api.post(f"/api/v1/imports/{other['id']}/take")
    for folder in (tmp_path / "uploads").iterdir():
        os.utime(folder, (time.time() + 3600,) * 2)  # as if it had been written this moment

    settings = Settings(home=tmp_path, database_url=database.url)
    later = utc_now() + timedelta(hours=26)
    housekeeper = Housekeeper(database, settings, clock=clock, now=lambda: later)
    for _ in range(3):
        housekeeper.step()

    gone = api.get(f"/api/v1/imports/{made['id']}").json()
    assert (gone["status"], gone["reason"]) == ("cancelled", "not confirmed within a day")
    assert not (tmp_path / "uploads" / str(made["id"])).exists()
    assert (tmp_path / "uploads" / str(other["id"])).exists()


def test_a_repeated_inspection_restarts_the_day(
    api: TestClient, database: Database, worker_id: int, tmp_path: Path, clock: Clock
) -> None:
    made = previewed(api)
    with database.write() as session:
        row = imports.get(session, made["id"])
        assert row is not None
        row.created_at = utc_now() - timedelta(hours=26)
    found(database, worker_id, made["id"])
    settings = Settings(home=tmp_path, database_url=database.url)

    def keep_house(hours: int) -> str:
        later = utc_now() + timedelta(hours=hours)
        housekeeper = Housekeeper(database, settings, clock=clock, now=lambda: later)
        for _ in range(3):
            housekeeper.step()
        return status(api, made["id"])

    assert [keep_house(hours) for hours in (1, 23, 25)] == ["found", "found", "cancelled"]


def test_the_report_goes_along_only_while_it_waits_for_a_decision(
    api: TestClient, database: Database, worker_id: int
) -> None:
    made = previewed(api)
    found(database, worker_id, made["id"])
    api.post(f"/api/v1/imports/{made['id']}/take")
    with database.write() as session:
        claim = claimed(session, worker_id, made["id"])
        errands.progress(session, claim.errand_id, claim.attempt, done=1, total=3)
        stored = [event.payload for event in events.since(session, after=0) if event.type == EventType.IMPORT]

    sent = [Import.model_validate_json(payload) for payload in stored]
    assert [(each.status, each.found is not None) for each in sent] == [
        ("waiting", False),
        ("inspecting", False),
        ("found", True),
        ("waiting", False),
        ("importing", False),
        ("importing", False),
    ]
    (listed,) = api.get("/api/v1/imports").json()["items"]
    assert listed["found"] is None
    assert api.get(f"/api/v1/imports/{made['id']}").json()["found"]["classes"] == ["cat", "dog"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Rar!" + bytes(600), "the body is a RAR archive: send a zip or tar archive"),
        (b"plain text", "this file is not a valid zip: send a zip or tar archive"),
        (b"", "not a valid zip"),
    ],
)
def test_an_upload_of_another_file_type_is_refused_at_once(
    content: bytes, message: str, api: TestClient, tmp_path: Path
) -> None:
    answer = api.post("/api/v1/datasets?key=pets&preview=true", content=content)

    assert answer.status_code == 422
    assert message in answer.json()["detail"]
    assert not list(tmp_path.glob("uploads/*"))


def test_a_disconnected_client_leaves_neither_a_file_nor_a_traceback(tmp_path: Path) -> None:
    with running_web(tmp_path / "home") as lab:
        host, port = lab.url.removeprefix("http://").split(":")
        parts = tmp_path / "home/uploads"
        for path in ("datasets?key=pets", "datasets?key=pets&preview=true", "runs"):
            with socket.create_connection((host, int(port))) as client:
                head = f"POST /api/v1/{path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/zip\r\n"
                client.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + bytes(1000))
                if path != "runs":
                    until(lambda: list(parts.glob("*.part")), bool, 10)
            until(lambda: list(parts.glob("*")), lambda left: not left, 10)
        assert lab.client.get("/imports").json()["items"] == []
        log = lab.log.read_text()

    assert "Traceback" not in log
    assert " 500" not in log
