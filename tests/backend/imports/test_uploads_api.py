"""Uploads: streamed to the disk, stored for a worker, refused with reasons."""

import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import errands, events
from backend.db.database import Database
from backend.db.errands import ErrandLost
from backend.main import create_app
from backend.settings import Settings, load_settings
from tests.backend.conftest import CountingNotifier
from tests.errands import claim_errand

ZIP = {"Content-Type": "application/zip"}


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("train/cat/1.png", b"not looked at here")
    return file.getvalue()


PETS = _zipped()


def test_an_upload_waits_for_a_worker_as_a_file_and_a_row_and_the_stream_says_so(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    answer = api.post("/api/v1/datasets?key=pets&size=64", content=PETS, headers=ZIP)

    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["key"], made["size"], made["status"], made["bytes"]) == ("pets", 64, "waiting", len(PETS))
    assert answer.headers["Location"] == f"/api/v1/imports/{made['id']}"
    assert (tmp_path / "uploads" / str(made["id"]) / "pets.zip").read_bytes() == PETS
    assert api.get(answer.headers["Location"]).json() == made
    assert api.get("/api/v1/imports").json() == {"items": [made], "allowed": True, "largest": 4096 << 20}
    with database.read() as session:
        (published,) = [json.loads(row.payload) for row in events.since(session, after=0) if row.type == "import"]
    assert published == made


@pytest.mark.parametrize(
    ("query", "headers", "content", "status", "message"),
    [
        ("key=pets", {"Content-Type": "text/plain"}, b"", 415, "Content-Type: application/zip"),
        ("key=pets", ZIP, b"", 422, "not a valid zip"),
        ("key=pets", ZIP, PETS[:-10], 422, "not a valid zip"),
        ("key=../up", ZIP, PETS, 422, "key"),
        ("key=pets&size=0", ZIP, PETS, 422, "size"),
        ("", ZIP, PETS, 422, "key"),
    ],
)
def test_an_invalid_upload_is_refused_and_nothing_is_kept(
    api: TestClient, tmp_path: Path, query: str, headers: dict[str, str], content: bytes, status: int, message: str
) -> None:
    answer = api.post(f"/api/v1/datasets?{query}", content=content, headers=headers)

    assert answer.status_code == status
    assert message in answer.json()["detail"]
    assert not list(tmp_path.glob("uploads/*"))
    assert api.get("/api/v1/imports").json()["items"] == []


def client_of(database: Database, home: Path, **settings: Any) -> TestClient:
    given = Settings(home=home, database_url=database.url, **settings)
    return TestClient(create_app(given, CountingNotifier()), base_url="http://127.0.0.1")


def test_an_upload_has_its_own_limit_and_no_other_request_has(database: Database, tmp_path: Path) -> None:
    large = PETS + bytes(3 << 20)
    with client_of(database, tmp_path, max_upload_mib=2) as api:
        declared = api.post("/api/v1/datasets?key=pets", content=large, headers=ZIP)
        undeclared = api.post("/api/v1/datasets?key=pets", content=iter([large[: 1 << 20]] * 3), headers=ZIP)
        elsewhere = api.post("/api/v1/runs", content=large[: 3 << 19], headers=ZIP)

    assert [answer.status_code for answer in (declared, undeclared, elsewhere)] == [413, 413, 413]
    assert f"{2 << 20} bytes" in declared.json()["detail"]
    assert f"{1 << 20} bytes" in elsewhere.json()["detail"]
    assert not list(tmp_path.glob("uploads/*"))


@pytest.mark.parametrize(("allowed", "status"), [(None, 403), (True, 202), (False, 403)])
def test_beyond_loopback_uploads_are_switched_off_unless_allowed(
    database: Database, tmp_path: Path, token: Callable[..., str], allowed: bool | None, status: int
) -> None:
    headers = {**ZIP, "Authorization": f"Bearer {token()}"}
    with client_of(database, tmp_path, host="0.0.0.0", allow_uploads=allowed) as api:
        answer = api.post("/api/v1/datasets?key=pets", content=PETS, headers=headers)
        shown = api.get("/api/v1/imports", headers=headers).json()["allowed"]

    assert answer.status_code == status
    assert shown is (status == 202)
    if status == 403:
        assert "SKIPLAB_ALLOW_UPLOADS" in answer.json()["detail"]


def test_an_empty_setting_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_ALLOW_UPLOADS", "")

    assert load_settings().takes_uploads
    assert not load_settings(published="0.0.0.0").takes_uploads


def test_on_loopback_uploads_can_be_disabled(database: Database, tmp_path: Path) -> None:
    with client_of(database, tmp_path, allow_uploads=False) as api:
        assert api.post("/api/v1/datasets?key=pets", content=PETS, headers=ZIP).status_code == 403


def test_partial_uploads_of_a_killed_process_are_deleted_after_a_day(api: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    for name, hours in (("old.part", 25), ("new.part", 1)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - 3600 * hours,) * 2)

    api.post("/api/v1/datasets?key=pets", content=PETS, headers=ZIP)

    assert [part.name for part in folder.glob("*.part")] == ["new.part"]


def test_an_import_goes_to_one_worker_and_to_the_next_when_that_one_is_lost(
    api: TestClient, database: Database, worker_id: int
) -> None:
    made = api.post("/api/v1/datasets?key=pets", content=PETS, headers=ZIP).json()

    def status() -> str:
        return str(api.get(f"/api/v1/imports/{made['id']}").json()["status"])

    with database.write() as session:
        first = claim_errand(session, worker_id)
        assert first is not None
        assert claim_errand(session, worker_id) is None
    assert status() == "importing"
    with database.write() as session:
        errands.lose(session, first.errand_id, first.attempt, reason="lease expired")
    assert status() == "waiting"
    with database.write() as session:
        second = claim_errand(session, worker_id)
        assert second is not None
        assert (second.errand_id, second.attempt) == (first.errand_id, 2)
        with pytest.raises(ErrandLost):
            errands.progress(session, first.errand_id, first.attempt, done=1, total=2)
