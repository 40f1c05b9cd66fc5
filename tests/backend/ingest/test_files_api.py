"""Files that a client saves with its run."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.ingest_limits import MOST_FILE_BYTES
from tests.backend.conftest import CountingNotifier
from tests.backend.ingest.client import RUNS, LoggingClient

PNG = b"\x89PNG\r\n\x1a\n and so on"


def save(client: LoggingClient, name: str, content: bytes, **headers: str) -> Response:
    path = f"{RUNS}/{client.run_id}/files/{name}"
    return client.api.put(path, params={"holder": client.holder}, content=content, headers=headers)


def listed(client: LoggingClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.api.get(f"{RUNS}/{client.run_id}/artifacts").json()["items"]
    return items


def test_an_image_is_kept_with_its_step_and_served_as_one(api: TestClient) -> None:
    client = LoggingClient.start(api)

    saved = save(client, "media/predictions/12.png", PNG)

    assert saved.status_code == 200
    (image,) = listed(client)
    assert saved.json() == image
    assert (image["kind"], image["step"], image["bytes"]) == ("image", 12, len(PNG))
    assert image["sha256"] == hashlib.sha256(PNG).hexdigest()
    answer = api.get(f"{RUNS}/{client.run_id}/artifacts/{image['path']}")
    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind", "step"),
    [
        ("media/loss map/3.table.json", "table", 3),
        ("media/weights/4.histogram.json", "histogram", 4),
        ("media/masks/4-1.png", "image", 4),
        ("model.pt", "file", 0),
        ("src/net 1.py", "file", 0),
        ("media/page/1.html", "file", 1),
        ("logo.png", "file", 0),
    ],
)
def test_what_it_is_follows_from_its_name(api: TestClient, name: str, kind: str, step: int) -> None:
    client = LoggingClient.start(api)
    # Whatever type a client says it is of, it is stored as it came.
    assert save(client, name, b'{"a": NaN', **{"Content-Type": "application/json"}).status_code == 200
    (found,) = listed(client)
    assert (found["kind"], found["step"], found["path"]) == (kind, step, f"{client.run_id}/files/{name}")
    answer = api.get(f"{RUNS}/{client.run_id}/artifacts/{found['path']}")
    assert answer.content == b'{"a": NaN'
    assert "text/html" not in answer.headers["Content-Type"]


def test_one_of_the_same_name_is_replaced(api: TestClient, tmp_path: Path) -> None:
    client = LoggingClient.start(api, external_id="mine")
    save(client, "model.pt", b"old")
    resumed = LoggingClient.start(api, external_id="mine", resume="must")
    assert save(client, "model.pt", b"of another holder").json()["type"] == "holder_lost"

    save(resumed, "model.pt", b"new")

    (found,) = listed(resumed)
    assert (found["attempt"], found["bytes"]) == (2, 3)
    assert [file.read_bytes() for file in tmp_path.rglob("*") if file.name in ("model.pt", ".part")] == [b"new"]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "a//b", "/etc/passwd", "a\\b", "x" * 201, "é" * 150, "%00"])
def test_a_name_that_leads_elsewhere_is_refused(api: TestClient, tmp_path: Path, name: str) -> None:
    client = LoggingClient.start(api)
    before = {file for file in tmp_path.rglob("*") if "db" not in file.name}
    assert save(client, name.replace("../", "%2e%2e/"), b"x").status_code in (400, 404, 405, 422)
    assert {file for file in tmp_path.rglob("*") if "db" not in file.name} == before


def test_a_folder_and_a_file_of_one_name_are_told_apart(api: TestClient) -> None:
    client = LoggingClient.start(api)
    save(client, "a/b", b"x")
    for name in ("a", "a/b/c"):
        assert save(client, name, b"x").status_code == 409
    assert len(listed(client)) == 1


def test_one_that_is_too_large_is_refused(api: TestClient) -> None:
    client = LoggingClient.start(api)
    assert save(client, "model.pt", b"x" * (MOST_FILE_BYTES + 1)).status_code == 413
    assert listed(client) == []


def test_no_file_is_saved_with_a_run_that_nobody_logs(api: TestClient, queued: Any) -> None:
    assert api.put(f"{RUNS}/{queued()}/files/a", params={"holder": 0}, content=b"x").status_code == 409
    assert api.put(f"{RUNS}/99/files/a", params={"holder": 0}, content=b"x").status_code == 404


@pytest.fixture
def narrow(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """A lab in which a run has room for a megabyte of files."""
    app = create_app(Settings(home=tmp_path, database_url=database.url, max_run_files_mib=1), CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_the_files_of_a_run_have_so_much_room_together(narrow: TestClient) -> None:
    client = LoggingClient.start(narrow)
    half = b"x" * (600 << 10)
    assert save(client, "a", half).status_code == 200
    assert save(client, "a", half).status_code == 200

    refused = save(client, "b", half)

    assert (refused.status_code, refused.json()["type"]) == (413, "too_many_files")
    assert "SKIPLAB_MAX_RUN_FILES_MIB" in refused.json()["detail"]
