"""Workers through the API: listing and draining."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from backend.db import attempts, workers
from backend.db.attempts import Claim
from backend.db.database import Database


def test_a_drained_worker_finishes_its_run_and_claims_no_more(
    api: TestClient, database: Database, worker_id: int, queued: Callable[..., int], claim: Callable[[], Claim | None]
) -> None:
    run_id, waiting = queued(), queued()
    held = claim()
    assert held is not None

    answer = api.post(f"/api/v1/workers/{worker_id}/drain")

    assert answer.status_code == 202
    assert (answer.json()["draining"], answer.json()["runs"]) == (True, [run_id])
    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)
        assert workers.idle_slots(session) == 0
    assert claim() is None

    assert not api.delete(f"/api/v1/workers/{worker_id}/drain").json()["draining"]
    taken = claim()
    assert taken is not None
    assert taken.run_id == waiting


def test_a_worker_that_does_not_exist_cannot_be_drained(api: TestClient) -> None:
    assert api.post("/api/v1/workers/7/drain").status_code == 404
