"""A slot and the run that it watches, with a fake trainer process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest
from celery import Celery

from backend.db import attempts, runs, submissions
from backend.db.attempts import Claim
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from skiplab.contract.jobs import TRAIN_TASK
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from tests.conftest import CPU
from tests.databases import fail_reads
from tests.lab import free_port
from worker import slot as slot_module
from worker import tasks
from worker.messages import Assignment, Outcome
from worker.process import TrainerDied
from worker.settings import WorkerSettings
from worker.slot import Slot


class Trainer(nullcontext["Trainer"]):
    """Trains for three polls and then finishes."""

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


Claimed = Callable[[type[Trainer]], tuple[Slot, Claim]]


@pytest.fixture
def claimed(
    tmp_path: Path, database: Database, worker_id: int, spec: Callable[..., RunSpec], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Claimed]:
    """Gives a slot that has claimed a run, and has trainers of this kind."""
    with ExitStack() as stack:

        def claim(trainer: type[Trainer]) -> tuple[Slot, Claim]:
            monkeypatch.setattr(slot_module, "TrainerProcess", trainer)
            settings = WorkerSettings(home=tmp_path, database_url=database.url)
            slot = Slot(settings, worker_id=worker_id, index=0, slots=[CPU], stopping=lambda: False)
            stack.callback(slot.close)
            with database.write() as session:
                submissions.add(session, spec(), name="a run")
            found = slot.claim()
            assert found is not None
            return slot, found

        yield claim


@pytest.mark.parametrize("failure", [DatabaseUnusable("disk I/O error"), DatabaseBusy("All connections are in use.")])
def test_a_poll_that_the_database_does_not_answer_ends_no_trainer(
    claimed: Claimed, database: Database, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    slot, claim = claimed(Trainer)
    failing = [failure, failure]
    fail_reads(monkeypatch, failing)
    slot.train(claim)

    assert failing == []
    with database.read() as session:
        row = runs.get(session, claim.run_id)
        assert row is not None
        assert row.status == Status.FINISHED


class DyingTrainer(Trainer):
    """Dies at the first poll."""

    def outcome(self, *, timeout: float) -> Outcome | None:
        raise TrainerDied(f"the trainer process was ended by SIGKILL within {timeout:g} s")


def test_a_run_that_is_fenced_off_while_its_trainer_crashes_ends_only_the_attempt(
    claimed: Claimed, database: Database
) -> None:
    slot, claim = claimed(DyingTrainer)
    with database.write() as session:
        attempts.lose(session, claim.run_id, claim.attempt, reason="its lease ran out")

    slot.train(claim)  # so that the task goes on to notify the next slot

    assert slot.others_wait() == claim.run_id


class StarvingTrainer(Trainer):
    """Is ended for what it took."""

    def outcome(self, *, timeout: float) -> Outcome | None:
        raise TrainerDied("out of memory: killed by the system", out_of_memory=timeout > 0)


def test_a_trainer_that_died_of_memory_has_failed_and_is_not_tried_again(claimed: Claimed, database: Database) -> None:
    slot, claim = claimed(StarvingTrainer)

    slot.train(claim)

    with database.read() as session:
        row = runs.get(session, claim.run_id)
        assert row is not None
        assert (row.status, row.reason) == (Status.FAILED, "out of memory: killed by the system")


def test_a_broker_that_is_away_does_not_fail_the_task_that_notifies_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class OneRun:
        """A worker whose slot has trained one run, while another waits."""

        slot = property(lambda self: self)
        claim = staticmethod(lambda: Claim(1, 1, RunSpec(model="cnn", dataset="digits")))
        train = staticmethod(lambda _claim: None)
        others_wait = staticmethod(lambda: 2)

    app = Celery("a test", broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    app.conf.update(broker_transport_options={"socket_connect_timeout": 1})
    tasks.install(app, OneRun())  # type: ignore[arg-type]

    app.tasks[TRAIN_TASK](1)

    assert "the notification could not be published" in caplog.text
