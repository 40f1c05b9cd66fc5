"""The data set `pets` in the lab, and runs on it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, records, runs, submissions
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import RunTable
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from skiplab.contract.telemetry import Mistake
from tests.backend.catalog.pets import announce, put


@pytest.fixture
def pets(database: Database, tmp_path: Path, worker_id: int) -> None:
    """A data set of two versions with other images and other classes; a worker has announced it."""
    assert worker_id
    for number, classes in ((1, ["cat", "dog"]), (2, ["kitten", "puppy"])):
        put(tmp_path, number, classes)
        announce(database, tmp_path)


@pytest.fixture
def run_on(
    api: TestClient, database: Database, worker_id: int, spec: Callable[..., RunSpec]
) -> Callable[[Status], int]:
    """A run that was submitted now; one that has ended took a cat for a dog."""

    def make(status: Status) -> int:
        with database.write() as session:
            run_id = submissions.add(session, spec(dataset="pets"), name="a run").id
            assert run_id is not None
            if status != Status.QUEUED:
                claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
                assert claim is not None
                mistakes = [Mistake(image=0, label=0, predicted=1, confidence=0.9)]
                record = EpochRecord(1, 1, {}, confusion=[[0, 1], [0, 1]], mistakes=mistakes)
                records.epoch(session, run_id, 1, record)
                if status == Status.FINISHED:
                    attempts.finish(session, run_id, 1)
                else:
                    runs.end(session, session.get_one(RunTable, run_id), status, None)
        return run_id

    assert api
    return make
