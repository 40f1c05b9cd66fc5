"""The reconciler, with a clock in its hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from backend.db import attempts, errands, records, run_views, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import ErrandTable, RunTable, WorkerTable, utc_now
from backend.reconciler import NOTIFY_AFTER_SECONDS, Reconciler
from skiplab.contract.errands import CardTask, ErrandStatus
from skiplab.contract.jobs import LEASE_SECONDS
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from tests.backend.conftest import Clock, CountingNotifier
from tests.databases import BOTH_IN_TIME
from tests.errands import claim_errand

pytestmark = BOTH_IN_TIME


@pytest.fixture
def reconciler(database: Database, notifier: CountingNotifier, clock: Clock) -> Reconciler:
    return Reconciler(database, notifier, clock=clock)


def watch(reconciler: Reconciler, clock: Clock, seconds: float) -> None:
    """Let time pass with a look every second or so, as there is in a backend."""
    for _ in range(looks := round(seconds)):
        clock.now += seconds / looks
        reconciler.step()


def status(database: Database, run_id: int) -> Status:
    with database.read() as session:
        return Status(session.get_one(RunTable, run_id).status)


def test_a_run_whose_lease_stands_still_is_queued_again_with_the_cause(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    claim()
    reconciler.step()
    watch(reconciler, clock, LEASE_SECONDS - 1)
    assert status(database, run_id) == Status.RUNNING

    watch(reconciler, clock, 2)

    with database.read() as session:
        run = run_views.view(session, session.get_one(RunTable, run_id))
    assert (run.status, run.reason) == (Status.QUEUED, "lease expired on worker gpu-1, attempt 1")


def test_a_lease_that_moves_is_left_alone_for_ever(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()

    for _ in range(10):
        watch(reconciler, clock, LEASE_SECONDS - 1)
        with database.write() as session:
            attempts.renew(session, held.run_id, held.attempt)

    assert status(database, run_id) == Status.RUNNING


def test_an_observer_that_was_frozen_takes_nobody_for_lost(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    claim()
    reconciler.step()

    clock.now += 3600
    reconciler.step()

    assert status(database, run_id) == Status.RUNNING
    watch(reconciler, clock, LEASE_SECONDS)
    assert status(database, run_id) == Status.QUEUED


def test_a_wall_clock_that_jumps_takes_no_run_away(
    database: Database,
    reconciler: Reconciler,
    clock: Clock,
    queued: Callable[..., int],
    claim: Callable[[], Claim],
    worker_id: int,
) -> None:
    run_id = queued(epochs=9)
    held = claim()
    with database.write() as session:
        for share in (0.1, 0.5):
            records.progress(session, run_id, held.attempt, epoch=1, share=share)
    for days in (-400, 400, 0):
        moved = utc_now() + timedelta(days=days)
        with database.write() as session:
            row, worker = session.get_one(RunTable, run_id), session.get_one(WorkerTable, worker_id)
            row.created_at = row.started_at = row.paced_from = worker.started_at = worker.seen_at = moved
            attempts.renew(session, run_id, held.attempt)
            workers.beat(session, worker_id)
        watch(reconciler, clock, LEASE_SECONDS - 1)
        with database.read() as session:
            run = run_views.view(session, session.get_one(RunTable, run_id))
            assert session.get_one(WorkerTable, worker_id).online
        assert run.status == Status.RUNNING
        assert run.eta_seconds is not None
        assert run.eta_seconds >= 0


def test_who_waited_for_the_write_lock_looks_again_before_a_run_is_lost(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()
    reconciler.step()
    watch(reconciler, clock, LEASE_SECONDS)

    def wait(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            clock.now += 20

    event.listen(database.engine, "begin", wait)
    watch(reconciler, clock, 1)
    event.remove(database.engine, "begin", wait)
    assert status(database, run_id) == Status.RUNNING

    with database.write() as session:
        attempts.renew(session, run_id, held.attempt)
    watch(reconciler, clock, LEASE_SECONDS - 1)
    assert status(database, run_id) == Status.RUNNING


def test_a_run_that_stands_still_for_ten_epochs_is_flagged_until_it_moves(
    database: Database, reconciler: Reconciler, clock: Clock, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued(epochs=9)
    held = claim()
    with database.write() as session:
        values: dict[str, float] = {Metric.EPOCH_SECONDS: 20.0}
        records.epoch(session, run_id, held.attempt, EpochRecord(epoch=1, step=1, values=values))

    def stalled(*, after: int = 0) -> str | None:
        reconciler.step()
        for _ in range(after):
            with database.write() as session:
                attempts.renew(session, run_id, held.attempt)
            watch(reconciler, clock, 1)
        with database.read() as session:
            return session.get_one(RunTable, run_id).stalled

    assert stalled() is None
    assert stalled(after=199) is None
    assert stalled(after=2) == "no progress for 201 s; an epoch took 20.0 s"

    with database.write() as session:
        records.progress(session, run_id, held.attempt, epoch=2, share=0.1)
    assert stalled() is None


def test_a_silent_worker_is_offline_and_a_late_beat_brings_it_back(
    database: Database, reconciler: Reconciler, clock: Clock, worker_id: int
) -> None:
    reconciler.step()
    watch(reconciler, clock, LEASE_SECONDS + 1)
    with database.read() as session:
        assert not session.get_one(WorkerTable, worker_id).online

    with database.write() as session:
        workers.beat(session, worker_id)

    with database.read() as session:
        assert session.get_one(WorkerTable, worker_id).online


@pytest.mark.usefixtures("worker_id")
def test_workers_are_notified_again_while_a_slot_is_idle(
    reconciler: Reconciler, clock: Clock, notifier: CountingNotifier, queued: Callable[..., int]
) -> None:
    run_id = queued()
    reconciler.step()
    assert notifier.runs == []

    clock.now += NOTIFY_AFTER_SECONDS
    reconciler.step()

    assert notifier.runs == [run_id]


def test_nobody_is_notified_while_all_slots_are_busy(
    reconciler: Reconciler,
    clock: Clock,
    notifier: CountingNotifier,
    queued: Callable[..., int],
    claim: Callable[[], Claim],
) -> None:
    queued()
    claim()
    queued()

    for _ in range(5):
        reconciler.step()
        clock.now += NOTIFY_AFTER_SECONDS

    assert notifier.runs == []


def test_an_errand_whose_lease_stands_still_is_queued_again_and_one_that_moves_is_left_alone(
    database: Database, reconciler: Reconciler, clock: Clock, worker_id: int
) -> None:
    with database.write() as session:
        errand_id = errands.add(session, CardTask(model="cnn")).id or 0
        held = claim_errand(session, worker_id)
    assert held is not None
    for _ in range(3):
        watch(reconciler, clock, LEASE_SECONDS - 1)
        with database.write() as session:
            errands.renew(session, errand_id, held.attempt)
            workers.beat(session, worker_id)

    watch(reconciler, clock, LEASE_SECONDS + 2)

    with database.read() as session:
        errand = errands.view(session, session.get_one(ErrandTable, errand_id))
    assert (errand.status, errand.attempt) == (ErrandStatus.WAITING, 1)
    assert errand.error == "lease expired on worker gpu-1"


def test_workers_are_notified_again_of_an_errand_that_waits_while_one_is_online(
    database: Database, reconciler: Reconciler, clock: Clock, notifier: CountingNotifier, worker_id: int
) -> None:
    with database.write() as session:
        errand_id = errands.add(session, CardTask(model="cnn")).id or 0
    reconciler.step()
    assert notifier.errands == []
    clock.now += NOTIFY_AFTER_SECONDS
    reconciler.step()
    assert notifier.errands == [errand_id]

    with database.write() as session:
        workers.leave(session, worker_id)
    for _ in range(5):
        reconciler.step()
        clock.now += NOTIFY_AFTER_SECONDS
    assert notifier.errands == [errand_id]
