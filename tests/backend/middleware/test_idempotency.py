"""A POST repeated with its idempotency key has no second effect."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from backend.auth.authenticator import ANYONE
from backend.db import idempotent_responses
from backend.db.database import Database, DatabaseBusy
from backend.db.idempotent_responses import ABANDONED, PendingRequest, StoredResponse
from backend.db.tables import IdempotentResponseTable, utc_now
from backend.middleware import idempotency
from backend.middleware.idempotency import MOST_KEPT, Idempotency
from tests.backend.auth.test_middleware import bearer
from tests.backend.imports.test_uploads_api import PETS, ZIP
from tests.backend.middleware.pieces import post_in_pieces
from tests.databases import BOTH

RUN = {"model": "cnn", "dataset": "digits"}
KEY = {"Idempotency-Key": "5c1f6b5e-6f1e-4f0a-9a43-2f2f0b0f7a10"}


def total(api: TestClient) -> int:
    count: int = api.get("/api/v1/runs").json()["total"]
    return count


@BOTH
@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/runs", RUN),
        ("/api/v1/experiments", {"name": "e", "vary": {"seed": [0]}, "spec": RUN}),
    ],
)
def test_the_same_request_again_gets_the_first_answer(api: TestClient, path: str, body: dict[str, object]) -> None:
    first = api.post(path, json=body, headers=KEY)
    again = api.post(path, json=body, headers=KEY)

    assert first.status_code == again.status_code == 201
    assert (again.content, again.headers.get("Location")) == (first.content, first.headers.get("Location"))
    assert (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")) == (None, "true")
    assert total(api) == 1


@pytest.mark.usefixtures("worker_id")
def test_another_request_with_a_used_key_is_refused(api: TestClient) -> None:
    api.post("/api/v1/runs", json=RUN, headers=KEY)

    answer = api.post("/api/v1/runs", json={**RUN, "seed": 1}, headers=KEY)

    assert answer.status_code == 422
    assert "used for another request" in answer.json()["detail"]
    assert total(api) == 1


@pytest.mark.usefixtures("worker_id")
def test_a_refusal_is_replayed_and_a_new_key_is_a_new_request(api: TestClient) -> None:
    bad = {**RUN, "epochs": 0}

    assert [api.post("/api/v1/runs", json=bad, headers=KEY).status_code for _ in range(2)] == [422, 422]
    for key in ("one", "two"):
        assert api.post("/api/v1/runs", json=RUN, headers={"Idempotency-Key": key}).status_code == 201
    assert total(api) == 2


def test_a_request_that_was_not_processed_may_be_retried_with_its_key(
    api: TestClient, request: pytest.FixtureRequest
) -> None:
    # Before a worker has announced what it offers, the lab is not ready.
    assert api.post("/api/v1/runs", json=RUN, headers=KEY).status_code == 503
    request.getfixturevalue("worker_id")
    assert api.post("/api/v1/runs", json=RUN, headers=KEY).status_code == 201


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize("key", ["", "with a space", "x" * 201])
def test_a_key_that_is_none_is_refused(api: TestClient, key: str) -> None:
    answer = api.post("/api/v1/runs", json=RUN, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_first_request_without_an_answer_is_waited_for_until_it_is_abandoned(
    database: Database, api: TestClient, worker_id: int
) -> None:
    assert worker_id
    api.post("/api/v1/runs", json=RUN, headers=KEY)
    with database.write() as session:
        row = session.get_one(IdempotentResponseTable, KEY["Idempotency-Key"])
        row.status = None  # as a process leaves it that died meanwhile

    waits = api.post("/api/v1/runs", json=RUN, headers=KEY)
    with database.write() as session:
        session.get_one(IdempotentResponseTable, KEY["Idempotency-Key"]).created_at -= ABANDONED * 2
    goes_on = api.post("/api/v1/runs", json=RUN, headers=KEY)

    assert (waits.status_code, waits.headers["Retry-After"]) == (409, "1")
    assert goes_on.status_code == 201


def test_an_upload_that_broke_off_can_be_sent_again_with_its_key(api: TestClient) -> None:
    headers = {**ZIP, **KEY, "Content-Length": str(len(PETS))}
    broken = post_in_pieces(api, "/api/v1/datasets", [PETS[:30]], query="key=pets", headers=headers, breaks_off=True)

    whole = post_in_pieces(api, "/api/v1/datasets", [PETS], query="key=pets", headers=headers)
    again = post_in_pieces(api, "/api/v1/datasets", [PETS], query="key=pets", headers=headers)

    assert (broken.pieces_read, whole.status, again.status) == (1, 202, 202)
    assert (whole.body, again.pieces_read) == (again.body, 0)
    assert len(api.get("/api/v1/imports").json()["items"]) == 1


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize("kind", ["Application/JSON", "application/merge+json", "application/json ; charset=utf-8"])
def test_another_body_is_another_request_however_its_type_is_spelled(api: TestClient, kind: str) -> None:
    headers = {"Content-Type": kind, **KEY}
    first, other = (f'{{"model": "cnn", "dataset": "digits", "seed": {seed}}}' for seed in (1, 2))

    assert api.post("/api/v1/runs", content=first, headers=headers).status_code == 201
    assert api.post("/api/v1/runs", content=other, headers=headers).status_code == 422


@pytest.mark.usefixtures("worker_id")
def test_a_key_is_its_callers_own(guarded: TestClient, token: Callable[..., str]) -> None:
    mine, hers = bearer(token(name="mine")), bearer(token(name="hers"))

    made = [guarded.post("/api/v1/runs", json=RUN, headers={**who, **KEY}) for who in (mine, hers, mine)]

    assert [answer.status_code for answer in made] == [201, 201, 201]
    assert [answer.json()["id"] for answer in made] == [1, 2, 1]


def test_idempotency_keys_survive_a_new_sign_in(guarded: TestClient, token: Callable[..., str], worker_id: int) -> None:
    assert worker_id
    given, headers = token(), {"Origin": "http://lab.example", **KEY}
    made = []
    for _ in range(2):
        guarded.post("/api/v1/session", json={"token": given})
        made.append(guarded.post("/api/v1/runs", json=RUN, headers=headers))

    assert [answer.headers.get("Idempotency-Replayed") for answer in made] == [None, "true"]


def test_keyed_requests_waiting_for_the_database_block_no_authentication(
    guarded: TestClient, token: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, waiting, freed = bearer(token()), threading.Semaphore(0), threading.Event()
    gave_up: list[bool] = []

    def locked(_: Database) -> NoReturn:
        waiting.release()
        gave_up.extend([True] if not freed.wait(5) else [])
        raise DatabaseBusy("The database is locked.")

    async def few_threads() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))

    assert guarded.portal is not None
    guarded.portal.call(few_threads)
    monkeypatch.setattr(Database, "write", locked)
    posts = [
        threading.Thread(target=guarded.post, args=("/api/v1/runs",), kwargs={"json": RUN, "headers": headers | key})
        for key in ({"Idempotency-Key": str(number)} for number in range(4))
    ]
    for post in posts:
        post.start()
    try:
        assert all(waiting.acquire(timeout=10) for _ in range(2))
        assert guarded.get("/api/v1/runs", headers=headers).status_code == 200
        assert gave_up == []
    finally:
        freed.set()
        for post in posts:
            post.join()


Route = Callable[[Scope, Receive, Send], Awaitable[None]]


def send_to(route: Route, database: Database) -> int:
    """Return the status of a keyed POST to `route`."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"idempotency-key", b"one")],
        "state": {"caller": ANYONE},
        "app": SimpleNamespace(state=SimpleNamespace(database=database)),
    }
    asyncio.run(Idempotency(route)(scope, receive, send))
    return statuses[0]


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [
        (503, {"Retry-After": "5"}, 503),
        (503, {}, 409),  # a write may have been kept
        (507, {}, 507),
        (499, {}, 499),
        (413, {}, 413),
    ],
)
def test_a_temporary_refusal_is_not_stored_and_an_unsure_one_holds_the_key(
    database: Database, status: int, headers: dict[str, str], again: int
) -> None:
    asked = 0

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        await Response(status_code=status, headers=headers)(scope, receive, send)

    assert (send_to(route, database), send_to(route, database)) == (status, again)
    assert asked == (1 if again == 409 else 2)


def test_a_request_with_a_response_too_large_to_store_is_not_repeated(database: Database) -> None:
    asked = 0

    async def makes(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        await Response(b"x" * (MOST_KEPT + 1), status_code=201)(scope, receive, send)

    assert (send_to(makes, database), send_to(makes, database)) == (201, 409)
    assert asked == 1


def test_after_an_unexpected_error_the_key_stays_in_progress(database: Database) -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send_to(fails, database)
    assert send_to(fails, database) == 409


def test_a_request_that_goes_on_is_not_abandoned(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "RENEW_SECONDS", 0.01)

    def since() -> datetime:
        with database.read() as session:
            return session.get_one(IdempotentResponseTable, "one").created_at

    async def long(scope: Scope, receive: Receive, send: Send) -> None:
        began = since()
        while since() <= began:
            await asyncio.sleep(0.01)  # until it is renewed
        await Response(status_code=201)(scope, receive, send)

    assert (send_to(long, database), send_to(long, database)) == (201, 201)


def test_a_failed_renewal_is_harmless(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "RENEW_SECONDS", 0.01)
    tried = threading.Event()

    def busy(_: Database) -> None:
        tried.set()
        raise DatabaseBusy("The database is locked.")

    async def long(scope: Scope, receive: Receive, send: Send) -> None:
        with monkeypatch.context() as locked:
            locked.setattr(Database, "write", busy)
            assert await asyncio.to_thread(tried.wait, 10)
        await Response(status_code=201)(scope, receive, send)

    assert (send_to(long, database), send_to(long, database)) == (201, 201)


@BOTH
def test_an_abandoned_request_gives_its_key_to_the_next(database: Database) -> None:
    with database.write() as session:
        slow = idempotent_responses.begin(session, "one", "r")
        session.flush()
        session.get_one(IdempotentResponseTable, "one").created_at -= ABANDONED * 2
    with database.write() as session:
        quick = idempotent_responses.begin(session, "one", "r")
    assert isinstance(slow, PendingRequest)
    assert isinstance(quick, PendingRequest)

    with database.write() as session:
        assert idempotent_responses.renew(session, slow) == slow
        idempotent_responses.keep(session, slow, StoredResponse(500, [], b""))
        idempotent_responses.release(session, slow)
    with database.write() as session:
        idempotent_responses.keep(session, quick, StoredResponse(201, [], b"made"))
    with database.write() as session:
        assert idempotent_responses.begin(session, "one", "r") == StoredResponse(201, [], b"made")


@BOTH
@pytest.mark.usefixtures("worker_id")
def test_of_two_concurrent_requests_one_creates_the_run(api: TestClient) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(api.post("/api/v1/runs", json=RUN, headers=KEY).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {201, 409}
    assert total(api) == 1


def test_the_document_names_the_header_wherever_it_is_heeded(api: TestClient) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    named = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "Idempotency-Key" in [each["name"] for each in operation.get("parameters", [])]
    }
    posts = {("POST", path) for path, methods in paths.items() if "post" in methods}

    assert {("POST", "/api/v1/runs"), ("POST", "/api/v1/datasets")} <= named
    assert posts - named == {("POST", "/api/v1/session"), ("POST", "/api/v1/tokens")}
    assert named <= posts


def test_secrets_are_not_kept(guarded: TestClient, token: Callable[..., str], database: Database) -> None:
    headers = {"Authorization": f"Bearer {token()}", **KEY}

    made = guarded.post("/api/v1/tokens", json={"name": "one", "scope": "read"}, headers=headers)

    assert made.status_code == 201
    with database.read() as session:
        assert session.get(IdempotentResponseTable, KEY["Idempotency-Key"]) is None


def test_stored_responses_expire(database: Database) -> None:
    with database.write() as session:
        session.add(
            IdempotentResponseTable(key="old", request="r", status=201, created_at=utc_now() - timedelta(days=2))
        )
        session.add(IdempotentResponseTable(key="new", request="r", status=201))
    with database.write() as session:
        assert idempotent_responses.forget(session, before=utc_now() - timedelta(days=1)) == 1
