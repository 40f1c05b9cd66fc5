"""Every operation of the document with hostile input: never a 5xx, never a long response.

The shapes are in `shapes.py`. `make fuzz` sends all of them; the suite a part, which is drawn by chance.
"""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.auth import service
from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.sign_in import NewToken
from tests.backend.conftest import CountingNotifier
from tests.fuzz import shapes
from tests.fuzz.test_openapi import EXAMPLES

ALL_FROM = 200
"""Number of examples (`make fuzz`) from which all shapes are sent."""

LARGEST_REFUSAL = 100_000
"""Bytes."""

SLOWEST_SECONDS = 20.0
"""Seconds, on a busy machine; a shape with superlinear cost would take hours."""


@pytest.fixture(params=[False, True], ids=["open", "asks for a token"])
def client(request: pytest.FixtureRequest, database: Database, worker_id: int, tmp_path: Path) -> Iterator[TestClient]:
    assert worker_id
    settings = Settings(home=tmp_path, database_url=database.url, host="0.0.0.0" if request.param else "127.0.0.1")
    app = create_app(settings, CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        if request.param:
            token = service.make(database, NewToken(name="a test", scope="write")).token
            client.headers["Authorization"] = f"Bearer {token}"
        client.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits"})
        client.post("/api/v1/runs", json={"kind": "external"})
        yield client


@pytest.mark.timeout(72 * int(EXAMPLES))  # on a busy machine
def test_no_json_shape_causes_a_5xx_or_a_long_response(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    requests = list(_requests(document))
    random.Random(0).shuffle(requests)
    some = 8 * int(EXAMPLES) if int(EXAMPLES) < ALL_FROM else None
    for given in requests[:some]:
        _check(client, given)


def test_no_header_does(client: TestClient) -> None:
    for name, value in shapes.HEADERS:
        headers = [(name.encode(), value)]
        for path in ("/api/v1/runs", "/", "/healthz", "/api/v1/session"):
            _check(client, {"method": "GET", "url": path, "headers": headers})
        _check(client, {"method": "POST", "url": "/api/v1/runs", "content": b"{}", "headers": headers})


def test_no_method_does(client: TestClient) -> None:
    for method in shapes.METHODS:
        for path in ("/api/v1/runs", "/api/v1/runs/1", "/", "/healthz", "/nothing"):
            _check(client, {"method": method, "url": path})


def _check(client: TestClient, given: dict[str, Any]) -> None:
    began = time.monotonic()
    answer = client.request(**given)
    shown = {name: str(value)[:300] for name, value in given.items()}
    assert answer.status_code in (*range(200, 500), 503), (shown, answer.status_code, answer.text[:300])
    assert answer.status_code < 400 or len(answer.content) < LARGEST_REFUSAL, (shown, len(answer.content))
    assert time.monotonic() - began < SLOWEST_SECONDS, shown


def _requests(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path == "/api/v1/events":
                continue
            yield from _of_operation(method.upper(), path, operation, document)


def _of_operation(
    method: str, path: str, operation: dict[str, Any], document: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    places = re.findall(r"\{[^}]+\}", path)
    # The second run is one that a client logs.
    good = re.sub(r"\{[^}]+\}", "2" if "remote logging" in operation["tags"] else "1", path)
    for place in places:
        for shape in shapes.IDS:
            yield {"method": method, "url": re.sub(r"\{[^}]+\}", "1", path.replace(place, shape))}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            for shape in shapes.QUERIES:
                yield {"method": method, "url": f"{good}?{parameter['name']}={shape}"}
    content = operation.get("requestBody", {}).get("content", {})
    for kind, described in content.items():
        for body in shapes.bodies_of(described["schema"], document):
            yield {"method": method, "url": good, "content": body, "headers": {"Content-Type": kind}}
