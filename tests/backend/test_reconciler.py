"""The reconciler, with a clock in its hand."""

from collections.abc import Callable

import pytest

from backend.contract.jobs import LEASE_SECONDS
from backend.contract.lifecycle import Status
from backend.db import attempts, runs, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.tables import RunTable, WorkerTable
from backend.reconciler import RING_AFTER_SECONDS, Reconciler
from tests.backend.conftest import CountingQueue


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reconciler(database: Database, queue: CountingQueue, clock: Clock) -> Reconciler:
    return Reconciler(database, queue, clock=clock)


def status(database: Database, run_id: int) -> Status:
    with database.read() as session:
        return Status(session.get_one(RunTable, run_id).status)


def test_a_run_whose_lease_stands_still_is_queued_again_with_the_cause(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    claim()
    reconciler.step()
    clock.now += LEASE_SECONDS - 1
    reconciler.step()
    assert status(database, run_id) == Status.RUNNING

    clock.now += 2
    reconciler.step()

    with database.read() as session:
        run = runs.view(session, session.get_one(RunTable, run_id))
    assert (run.status, run.reason) == (Status.QUEUED, "lease expired on worker gpu-1, attempt 1")


def test_a_lease_that_moves_is_left_alone_for_ever(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()

    for _ in range(10):
        reconciler.step()
        clock.now += LEASE_SECONDS - 1
        with database.write() as session:
            attempts.renew(session, held.run_id, held.attempt)

    assert status(database, run_id) == Status.RUNNING


def test_a_silent_worker_is_offline_and_a_late_beat_brings_it_back(
    database: Database, reconciler: Reconciler, clock: Clock, worker_id: int
) -> None:
    reconciler.step()
    clock.now += LEASE_SECONDS + 1
    reconciler.step()
    with database.read() as session:
        assert not session.get_one(WorkerTable, worker_id).online

    with database.write() as session:
        workers.beat(session, worker_id)

    with database.read() as session:
        assert session.get_one(WorkerTable, worker_id).online


@pytest.mark.usefixtures("worker_id")
def test_a_lost_message_is_rung_again_while_a_slot_is_idle(
    reconciler: Reconciler, clock: Clock, queue: CountingQueue, queued: Callable[..., int]
) -> None:
    run_id = queued()
    reconciler.step()
    assert queue.rung == []

    clock.now += RING_AFTER_SECONDS
    reconciler.step()

    assert queue.rung == [run_id]


def test_nobody_is_rung_while_all_slots_are_busy(
    reconciler: Reconciler,
    clock: Clock,
    queue: CountingQueue,
    queued: Callable[..., int],
    claim: Callable[[], Claim],
) -> None:
    queued()
    claim()
    queued()

    for _ in range(5):
        reconciler.step()
        clock.now += RING_AFTER_SECONDS

    assert queue.rung == []
