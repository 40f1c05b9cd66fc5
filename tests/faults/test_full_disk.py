"""A full disk for the database: the run fails with the reason, and loses nothing committed."""

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend.db import attempts, submissions
from backend.db.attempts import Claim
from backend.db.database import Database
from skiplab.contract.spec import RunSpec
from tests.backend.test_full_database import full
from tests.points import points_of
from worker.messages import Assignment, Outcome
from worker.trainer import Stop, attempt

EPOCHS = 30


@pytest.fixture
def stop() -> Iterator[Stop]:
    before = signal.getsignal(signal.SIGTERM)
    yield Stop()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def train(database: Database, tmp_path: Path, stop: Stop) -> Callable[[Claim], Outcome]:
    """Run one attempt, as its process does."""

    def run(claim: Claim) -> Outcome:
        return attempt(
            Assignment(
                run_id=claim.run_id,
                attempt=claim.attempt,
                spec=claim.spec,
                device="cpu",
                home=tmp_path,
                database=database.url,
            ),
            stop,
        )

    return run


def epochs(database: Database, run_id: int) -> list[int]:
    with database.read() as session:
        return [point.epoch for point in points_of(session, [run_id]) if point.key == "train/loss"]


def test_a_trainer_whose_database_is_full_says_so_and_its_run_goes_on_when_there_is_room(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], train: Callable[[Claim], Outcome]
) -> None:
    small = spec(epochs=EPOCHS, train_limit=200, test_limit=50, train_eval_limit=0)
    with database.write() as session:
        run_id = submissions.add(session, small, name="a run").id or 0
        claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
    assert claim is not None

    with full(Engine, spare=20):
        outcome = train(claim)

    assert outcome.ending == "failed"
    assert outcome.reason is not None
    assert "database or disk is full" in outcome.reason
    assert "resume the run from its last checkpoint" in outcome.reason
    kept = epochs(database, run_id)
    assert 0 < len(kept) < EPOCHS
    assert kept == list(range(1, len(kept) + 1))
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    with database.write() as session:
        attempts.hand_back(session, run_id, claim.attempt, reason="a test's reason")
        again = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
    assert again is not None
    assert train(again).ending == "finished"
    assert epochs(database, run_id) == list(range(1, EPOCHS + 1))
