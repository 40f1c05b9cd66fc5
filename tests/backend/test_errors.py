"""Errors: every client error is named, in one JSON shape."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db.database import BUSY_SECONDS, WRITERS, Database, DatabaseUnreachable, DatabaseUnusable

BEYOND = 1 << 64


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    "path",
    [
        f"/runs/{BEYOND}",
        f"/experiments/{BEYOND}",
        f"/runs/{BEYOND}/metrics",
        f"/runs?cursor={BEYOND}",
        f"/runs?experiment={BEYOND}",
    ],
)
def test_a_number_beyond_64_bits_is_a_client_error(api: TestClient, path: str) -> None:
    detail = problem(api.get(f"/api/v1{path}"), 422)["detail"]
    assert "below 2^63" in detail or f"less than {1 << 63:,}" in detail


@pytest.mark.usefixtures("worker_id")
def test_so_is_an_experiment_to_join(api: TestClient) -> None:
    problem(api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", "experiment": BEYOND}), 422)


@pytest.mark.parametrize("key", ["My Pictures!", "_flowers", "bilder/klein"])
def test_allowed_characters_of_a_key_are_explained(api: TestClient, key: str) -> None:
    answer = api.post("/api/v1/datasets", params={"key": key}, content=b"", headers={"Content-Type": "application/zip"})

    (error,) = problem(answer, 422)["errors"]
    assert (error["field"], error["value"]) == ("key", key)
    assert error["message"] == "use a-z, 0-9, '_', '.' and '-', and begin with a letter or a digit"


def test_invalid_json_is_refused_with_its_position(api: TestClient) -> None:
    answer = api.post("/api/v1/runs", content='{"model": cnn}', headers={"Content-Type": "application/json"})
    (error,) = problem(answer, 422)["errors"]
    assert (error["field"], error["message"]) == ("body", "invalid JSON: Expecting value at character 10")


@pytest.mark.usefixtures("worker_id")
@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"epochs": 5000}, "epochs: must be at most 1,000, got 5000"),
        ({"epochs": "ten"}, "epochs: expected a number, got a string"),
        ({"optimizer": "rmsprop"}, "optimizer: must be 'sgd', 'adam' or 'adamw', got \"rmsprop\""),
        ({"batch_sise": 8}, "batch_sise: unknown field; check its spelling"),
        ({"name": "a" * 201}, "name: must have at most 200 characters, got "),
        ({"warmup_epochs": 20, "epochs": 5}, "warmup_epochs (20) must be below epochs (5)"),
    ],
)
def test_a_wrong_field_says_what_was_given_and_what_is_allowed(
    api: TestClient, fields: dict[str, object], detail: str
) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", **fields})
    assert detail in problem(answer, 422)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/runs/1/cancel", "POST"), ("PUT", "/runs", "GET, HEAD, POST"), ("DELETE", "/queue", "GET, HEAD")],
)
def test_an_unsupported_method_gets_405_with_the_allowed_ones(
    api: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = api.request(method, f"/api/v1{path}")
    assert f"allowed: {allowed}." in problem(answer, 405)["detail"]
    assert answer.headers["Allow"] == allowed


def test_an_unusable_database_gives_503_with_retry_after(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_database: Database) -> None:
        raise DatabaseUnusable("The database x.db cannot be used: database or disk is full.")

    monkeypatch.setattr(Database, "read", full)
    answer = api.get("/api/v1/runs")
    assert "disk is full" in problem(answer, 503)["detail"]
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.usefixtures("worker_id")
def test_under_a_lock_reads_succeed_at_once_and_writes_wait_or_get_retry_after(
    api: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.db.database.WRITER_SLOT_SECONDS", 0.3)
    run = {"model": "cnn", "dataset": "digits"}

    with ThreadPoolExecutor(20) as threads:
        with database.write() as session:
            session.connection()
            writes = [threads.submit(api.post, "/api/v1/runs", json=run) for _ in range(20)]
            began = time.monotonic()
            while len(wait(writes, timeout=0.05).not_done) > WRITERS:
                assert api.get("/api/v1/runs").json()["total"] == 0
            assert time.monotonic() - began < BUSY_SECONDS / 2
        answers = [write.result() for write in writes]

    refused = [answer for answer in answers if answer.status_code != 201]
    # The lab's own writers take a place now and then.
    assert len(refused) >= len(answers) - WRITERS
    for answer in refused:
        assert "already waiting" in problem(answer, 503)["detail"]
        assert answer.headers["Retry-After"] == "5"
    assert api.get("/api/v1/runs").json()["total"] == len(answers) - len(refused)


def test_a_write_that_may_have_succeeded_has_no_retry_after(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_database: Database) -> None:
        raise DatabaseUnreachable("The database lab does not answer.")

    monkeypatch.setattr(Database, "read", gone)
    monkeypatch.setattr(Database, "write", gone)
    assert api.get("/api/v1/runs").headers["Retry-After"] == "5"
    answer = api.post("/api/v1/runs/1/cancel")
    assert "does not answer" in problem(answer, 503)["detail"]
    assert "Retry-After" not in answer.headers
