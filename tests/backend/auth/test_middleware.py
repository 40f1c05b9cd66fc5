"""Nothing is open by accident: every route is walked, without a token and with one that may only read."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.auth.authenticator import USE_STORED_EVERY
from backend.auth.middleware import PUBLIC, READING, SESSION_PATH
from backend.db.database import Database, DatabaseBusy, DatabaseUnreachable, DatabaseUnusable
from backend.db.tables import SignInTable

MakeToken = Callable[..., str]

BESIDE_THE_DOCUMENT = [
    ("GET", path) for path in ("/docs", "/openapi.json", "/redoc", "/metrics", "/docs/oauth2-redirect")
]
"""What the document does not name, whether it exists or not."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def operations(client: TestClient) -> Iterator[tuple[str, str]]:
    """Method and path of every operation in the OpenAPI document, with ids filled in."""
    for path, methods in cast(FastAPI, client.app).openapi()["paths"].items():
        for method in methods:
            yield method.upper(), re.sub(r"\{[^}]+\}", "1", path)


@pytest.mark.parametrize("headers", [{}, bearer("not one of this lab's")])
def test_only_the_public_routes_answer_without_a_token_or_with_a_wrong_one(
    guarded: TestClient, headers: dict[str, str]
) -> None:
    open_without = {
        (method, path)
        for method, path in [*operations(guarded), *BESIDE_THE_DOCUMENT]
        if guarded.request(method, path, headers=headers).status_code != 401 and exists(guarded, path)
    }

    assert open_without == PUBLIC


def exists(client: TestClient, path: str) -> bool:
    """Whether any route but the page takes the path; the page's document, or the lack of it, gives nothing away."""
    answer, page = client.get(path), client.get("/no-such-route")
    return (answer.status_code, answer.content) != (page.status_code, page.content)


def test_the_public_routes_are_those_of_the_design(guarded: TestClient) -> None:
    assert {("GET", "/healthz"), ("GET", "/readyz"), ("POST", SESSION_PATH)} == PUBLIC
    assert set(operations(guarded)) >= PUBLIC


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/openapi.json"])
def test_informative_routes_are_not_public(guarded: TestClient, token: MakeToken, path: str) -> None:
    assert guarded.get(path).status_code == 401
    assert guarded.get(path, headers=bearer(token("read"))).status_code == 200


def test_the_page_itself_is_public(guarded: TestClient) -> None:
    assert guarded.get("/").status_code in (200, 503)
    assert guarded.head("/").status_code in (200, 405, 503)


def test_every_writing_route_refuses_a_token_that_may_only_read(guarded: TestClient, token: MakeToken) -> None:
    headers = bearer(token("read"))
    writing = [(method, path) for method, path in operations(guarded) if method not in READING and path != SESSION_PATH]

    assert writing
    for method, path in writing:
        assert guarded.request(method, path, headers=headers).status_code == 403, (method, path)


def test_every_reading_route_takes_a_token_that_may_only_read(guarded: TestClient, token: MakeToken) -> None:
    headers = bearer(token("read"))
    for method, path in operations(guarded):
        if method == "GET" and path != "/api/v1/events":
            assert guarded.request(method, path, headers=headers).status_code not in (401, 403), path


def test_a_refusal_is_a_problem_that_says_what_to_do(guarded: TestClient) -> None:
    answer = guarded.get("/api/v1/runs")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer \xff", f"Bearer {'x' * 5000}"])
def test_an_invalid_token_is_refused(guarded: TestClient, header: str) -> None:
    answer = guarded.get("/api/v1/runs", headers={b"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/runs",
        "/api/v1/../v1/runs",
        "/API/v1/runs",
        "/healthz/../api/v1/runs",
        "/api/v1/runs/",
        "/%2Fapi/v1/runs",
    ],
)
def test_no_spelling_of_a_path_bypasses_authentication(guarded: TestClient, path: str) -> None:
    answer = guarded.get(path, follow_redirects=False)
    assert answer.status_code in (401, 404)


def test_loopback_without_a_token_is_open(api: TestClient) -> None:
    assert api.get("/api/v1/tokens").json() == {"items": []}
    assert api.get("/api/v1/session").json() == {"name": None, "scope": "write"}


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (DatabaseBusy("All connections to the database are in use."), "5"),
        (DatabaseUnreachable("The database lab does not answer."), "5"),
        (DatabaseUnusable("The database x.db cannot be used: disk I/O error."), "30"),
    ],
)
def test_an_unavailable_database_during_authentication_gives_503_with_retry_after(
    guarded: TestClient, token: MakeToken, monkeypatch: pytest.MonkeyPatch, failure: Exception, seconds: str
) -> None:
    given = token()

    def refuse(_database: Database) -> None:
        raise failure

    monkeypatch.setattr(Database, "read", refuse)
    answer = guarded.post("/api/v1/runs/1/cancel", headers=bearer(given))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, seconds)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == str(failure)


def test_busy_request_threads_do_not_block_authentication(guarded: TestClient, token: MakeToken) -> None:
    given, freed = token(), threading.Event()
    gave_up: list[bool] = []

    def wait() -> None:
        gave_up.extend([True] if not freed.wait(5) else [])

    async def occupy() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        loop.run_in_executor(None, wait)

    assert guarded.portal is not None
    guarded.portal.call(occupy)
    assert guarded.get("/api/v1/runs", headers=bearer(given)).status_code == 200
    assert gave_up == []
    freed.set()


def test_a_pending_write_of_session_use_does_not_block_the_next_request(
    guarded: TestClient, token: MakeToken, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded.post(SESSION_PATH, json={"token": token()})
    with database.write() as session:
        session.get_one(SignInTable, 1).used_at -= 2 * USE_STORED_EVERY
    waiting, freed, gave_up = threading.Event(), threading.Event(), []

    def locked(_: Database) -> NoReturn:
        waiting.set()
        gave_up.extend([True] if not freed.wait(5) else [])
        raise DatabaseBusy("The database is locked.")

    monkeypatch.setattr(Database, "write", locked)
    first = threading.Thread(target=guarded.get, args=("/api/v1/runs",))
    first.start()
    try:
        assert waiting.wait(10)
        assert guarded.get("/api/v1/runs").status_code == 200
        assert gave_up == []
    finally:
        freed.set()
        first.join()
