"""A POST that is sent again with its key makes nothing twice."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from backend.db import first_answers
from backend.db.database import Database
from backend.db.tables import FirstAnswerTable, utc_now
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
def test_a_refusal_is_answered_again_and_a_new_key_is_a_new_request(api: TestClient) -> None:
    bad = {**RUN, "epochs": 0}

    assert [api.post("/api/v1/runs", json=bad, headers=KEY).status_code for _ in range(2)] == [422, 422]
    for key in ("one", "two"):
        assert api.post("/api/v1/runs", json=RUN, headers={"Idempotency-Key": key}).status_code == 201
    assert total(api) == 2


def test_what_was_not_done_may_be_tried_again_with_its_key(api: TestClient, request: pytest.FixtureRequest) -> None:
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
        row = session.get_one(FirstAnswerTable, KEY["Idempotency-Key"])
        row.status = None  # as a process leaves it that died meanwhile

    waits = api.post("/api/v1/runs", json=RUN, headers=KEY)
    with database.write() as session:
        session.get_one(FirstAnswerTable, KEY["Idempotency-Key"]).created_at -= first_answers.ABANDONED * 2
    goes_on = api.post("/api/v1/runs", json=RUN, headers=KEY)

    assert (waits.status_code, waits.headers["Retry-After"]) == (409, "1")
    assert goes_on.status_code == 201


@BOTH
@pytest.mark.usefixtures("worker_id")
def test_of_two_at_once_one_makes_the_run(api: TestClient) -> None:
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


def test_secrets_are_not_kept(guarded: TestClient, token: Callable[..., str], database: Database) -> None:
    headers = {"Authorization": f"Bearer {token()}", **KEY}

    made = guarded.post("/api/v1/tokens", json={"name": "one", "scope": "read"}, headers=headers)

    assert made.status_code == 201
    with database.read() as session:
        assert session.get(FirstAnswerTable, KEY["Idempotency-Key"]) is None


def test_answers_are_forgotten_after_their_time(database: Database) -> None:
    with database.write() as session:
        session.add(FirstAnswerTable(key="old", request="r", status=201, created_at=utc_now() - timedelta(days=2)))
        session.add(FirstAnswerTable(key="new", request="r", status=201))
    with database.write() as session:
        assert first_answers.forget(session, before=utc_now() - timedelta(days=1)) == 1
