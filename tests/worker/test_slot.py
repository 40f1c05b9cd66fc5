"""A slot and the run that it watches, with a stand-in for the trainer's process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from backend.contract.lifecycle import Status
from backend.contract.spec import RunSpec
from backend.db import runs
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, Session
from tests.conftest import CPU
from worker import slot as slot_module
from worker.messages import Assignment, Outcome
from worker.settings import WorkerSettings
from worker.slot import Slot


class Trainer(nullcontext["Trainer"]):
    """Trains for three looks, and has finished then."""

    alive = True

    def __init__(self, _environment: object) -> None:
        super().__init__(self)
        self._looks = 0

    def begin(self, _assignment: Assignment) -> None:
        pass

    def outcome(self, *, timeout: float) -> Outcome | None:
        assert timeout > 0
        self._looks += 1
        return Outcome(ending="finished") if self._looks > 3 else None

    def ask_to_stop(self) -> None:
        raise AssertionError("nobody wants it to stop")

    def kill(self) -> None:
        pass


@pytest.mark.parametrize("failure", [DatabaseUnusable("disk I/O error"), DatabaseBusy("All connections are in use.")])
def test_a_look_that_the_database_does_not_answer_ends_no_trainer(
    tmp_path: Path,
    database: Database,
    worker_id: int,
    spec: Callable[..., RunSpec],
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
) -> None:
    monkeypatch.setattr(slot_module, "TrainerProcess", Trainer)
    settings = WorkerSettings(home=tmp_path, database_url=database.url)
    slot = Slot(settings, worker_id=worker_id, index=0, slots=[CPU], stopping=lambda: False)
    with database.write() as session:
        runs.add(session, spec(), name="a run")
    claim = slot.claim()
    assert claim is not None
    failing = [failure, failure]
    read = Database.read

    @contextmanager
    def fails_twice(database: Database) -> Iterator[Session]:
        if failing:
            raise failing.pop()
        with read(database) as session:
            yield session

    monkeypatch.setattr(Database, "read", fails_twice)
    slot.train(claim)
    slot.close()

    assert failing == []
    with database.read() as session:
        row = runs.get(session, claim.run_id)
        assert row is not None
        assert row.status == Status.FINISHED
