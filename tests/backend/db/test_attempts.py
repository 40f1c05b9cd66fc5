"""What a worker may do with a run, and what an attempt that lost it may not."""

import math
import threading
from collections.abc import Callable

import pytest

from backend.db import artifacts, attempts, events, records
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import RunTable
from skiplab.contract.lifecycle import MAX_CRASHES, MAX_LOST_WORKERS, Status
from tests.backend.db.attempted import Queue, Take, checkpoint, record, see
from tests.databases import BOTH
from tests.points import points_of

pytestmark = BOTH


def test_the_first_queued_run_is_claimed_and_runs(database: Database, queued: Queue, claim: Take) -> None:
    first, second = queued(), queued()

    held = claim()

    assert held is not None
    assert (held.run_id, held.attempt) == (first, 1)
    run = see(database, first)
    assert (run.status, run.worker, run.device) == (Status.RUNNING, "gpu-1", "cpu")
    assert see(database, second).queue_position == 1


def test_priority_precedes_age(database: Database, queued: Queue, claim: Take) -> None:
    queued()
    urgent = queued()
    with database.write() as session:
        session.get_one(RunTable, urgent).priority = 1

    held = claim()

    assert held is not None
    assert held.run_id == urgent


def test_claiming_from_an_empty_queue_returns_none(claim: Take) -> None:
    assert claim() is None


def test_a_worker_of_another_version_than_the_database_claims_nothing(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert claim() is None
    assert see(database, run_id).status == Status.QUEUED


def test_one_run_is_never_claimed_twice_by_many_at_once(queued: Queue, claim: Take) -> None:
    for _ in range(5):
        queued()
    taken: list[int] = []

    def take_all() -> None:
        while held := claim():
            taken.append(held.run_id)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [1, 2, 3, 4, 5]


def test_validation_chooses_the_best_epoch_where_it_was_measured_also_of_a_data_sets_own(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued(val_fraction=0)
    held = claim()
    assert held is not None

    record(database, held, 1, TEST_ACCURACY=0.5, VAL_ACCURACY=0.3)
    record(database, held, 2, TEST_ACCURACY=0.4, VAL_ACCURACY=0.6)

    best = see(database, run_id).best
    assert best is not None
    assert (best.key, best.value, best.epoch, best.selected_on) == ("val/accuracy", 0.6, 2, "val")


def test_an_epoch_is_kept_with_progress_best_and_events(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    held = claim()
    assert held is not None

    record(database, held, 1, TEST_ACCURACY=0.5, TRAIN_LOSS=1.5)
    record(database, held, 2, TEST_ACCURACY=0.4, TRAIN_LOSS=1.0)

    run = see(database, run_id)
    assert (run.epoch, run.progress) == (2, 1.0)
    assert run.best is not None
    assert (run.best.value, run.best.epoch, run.best.selected_on) == (0.5, 1, "test")
    with database.read() as session:
        published = [event.type for event in events.since(session, after=0) if event.run_id == run_id]
        losses = [point.value for point in points_of(session, [run_id], keys=["train/loss"])]
    assert published == ["run", "run", "metrics", "run", "metrics", "run"]
    assert losses == [1.5, 1.0]


def test_a_replayed_epoch_overwrites_itself(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    held = claim()
    assert held is not None

    record(database, held, 1, TRAIN_LOSS=1.5, EPOCH_SECONDS=2.0)
    record(database, held, 1, TRAIN_LOSS=1.25, EPOCH_SECONDS=3.0)
    record(database, held, 2, TRAIN_LOSS=1.0, EPOCH_SECONDS=4.0)

    with database.read() as session:
        assert [point.value for point in points_of(session, [run_id], keys=["train/loss"])] == [1.25, 1.0]
    assert see(database, run_id).trained_seconds == 7.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_non_finite_value_is_null_and_named(database: Database, queued: Queue, claim: Take, value: float) -> None:
    run_id = queued()
    held = claim()
    assert held is not None

    record(database, held, 1, TRAIN_LOSS=value)

    with database.read() as session:
        (point,) = points_of(session, [run_id])
    assert point.value is None
    assert point.nonfinite == str(value)


def test_progress_inside_an_epoch_leaves_one_event(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    held = claim()
    assert held is not None

    with database.read() as session:
        before = events.latest_id(session)

    for share in (0.1, 0.2, 0.3):
        with database.write() as session:
            records.progress(session, held.run_id, held.attempt, epoch=1, share=share)

    assert see(database, run_id).progress == pytest.approx(0.15)
    with database.read() as session:
        assert [event.type for event in events.since(session, after=before)] == ["run"]


def test_the_next_attempt_starts_clean_and_says_so(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    first = claim()
    assert first is not None
    record(database, first, 1, TEST_ACCURACY=0.5)
    with database.write() as session:
        attempts.hand_back(session, run_id, first.attempt, reason="its worker was stopped")

    second = claim()

    assert second is not None
    assert second.attempt == 2
    run = see(database, run_id)
    assert (run.epoch, run.best) == (0, None)
    with database.read() as session:
        assert points_of(session, [run_id]) == []
        assert "rewind" in [event.type for event in events.since(session, after=0)]


def test_the_next_attempt_goes_on_from_the_last_checkpoint(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued(epochs=5)
    first = claim()
    assert first is not None
    record(database, first, 1, kept=True, TEST_ACCURACY=0.5)
    record(database, first, 2, kept=True, TEST_ACCURACY=0.4)
    record(database, first, 3, TEST_ACCURACY=0.9)
    with database.write() as session:
        attempts.lose(session, run_id, first.attempt, reason="lease expired")

    claim()

    run = see(database, run_id)
    assert run.epoch == 2
    assert run.best is not None
    assert (run.best.value, run.best.epoch) == (0.5, 1)
    with database.read() as session:
        assert [point.epoch for point in points_of(session, [run_id])] == [1, 2]


def test_an_attempt_stopped_inside_an_epoch_keeps_the_steps_up_to_there(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued(epochs=5)
    first = claim()
    assert first is not None
    record(database, first, 1, kept=True, TEST_ACCURACY=0.5)
    with database.write() as session:
        records.progress(session, run_id, first.attempt, epoch=2, share=0.5, losses=[(12, 1.0), (14, 1.0)])
        here = checkpoint(1, step=14)
        records.interruption(session, run_id, first.attempt, epoch=2, losses=[], checkpoint=here)
        records.progress(session, run_id, first.attempt, epoch=2, share=0.9, losses=[(16, 1.0)])
        attempts.hand_back(session, run_id, first.attempt, reason="its worker was stopped")

    claim()

    with database.read() as session:
        steps = [point.step for point in points_of(session, [run_id], keys=["step/loss"])]
    assert steps == [12, 14]
    assert see(database, run_id).epoch == 1


def test_two_checkpoints_are_kept_and_the_others_named_for_removal(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued(epochs=5)
    held = claim()
    assert held is not None
    removed = []

    for epoch in range(1, 5):
        with database.write() as session:
            kept = EpochRecord(epoch=epoch, step=epoch, values={}, artifacts=[checkpoint(epoch, step=epoch)])
            removed += records.epoch(session, run_id, held.attempt, kept)

    assert removed == ["1/attempt-1/1", "1/attempt-1/2"]
    with database.read() as session:
        assert [file.epoch for file in artifacts.of_run(session, run_id)] == [4, 3]


def test_discarding_a_checkpoint_deletes_the_rows_after_the_previous_one(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued(epochs=5)
    held = claim()
    assert held is not None
    record(database, held, 1, kept=True, TEST_ACCURACY=0.5)
    record(database, held, 2, kept=True, TEST_ACCURACY=0.6)
    with database.write() as session:
        newest = artifacts.last_checkpoint(session, run_id)
        assert newest is not None
        assert newest.id is not None
        attempts.discard_checkpoint(session, run_id, held.attempt, newest.id)

    with database.read() as session:
        assert [point.epoch for point in points_of(session, [run_id])] == [1]
        last = artifacts.last_checkpoint(session, run_id)
        assert last is not None
        assert last.epoch == 1


def test_a_checkpoint_resets_the_crash_count(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued(epochs=10)
    for epoch in range(1, MAX_CRASHES + 2):
        held = claim()
        assert held is not None
        record(database, held, epoch, kept=True, TEST_ACCURACY=0.5)
        with database.write() as session:
            attempts.crash(session, run_id, held.attempt, reason="it died")

    assert see(database, run_id).status == Status.QUEUED


def test_a_run_that_crashes_too_often_in_a_row_fails_with_the_reason(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued()

    for _ in range(MAX_CRASHES):
        held = claim()
        assert held is not None
        with database.write() as session:
            attempts.crash(session, run_id, held.attempt, reason="the trainer process was ended by SIGSEGV")

    run = see(database, run_id)
    assert run.status == Status.FAILED
    assert run.reason == f"crashed {MAX_CRASHES} times in a row: the trainer process was ended by SIGSEGV"


def test_more_lost_workers_than_crashes_are_tolerated(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    seen = []

    for _ in range(MAX_LOST_WORKERS):
        held = claim()
        assert held is not None
        with database.write() as session:
            attempts.lose(session, run_id, held.attempt, reason="lease expired on worker gpu-1")
        seen.append(see(database, run_id).status)

    assert seen == [Status.QUEUED] * (MAX_LOST_WORKERS - 1) + [Status.FAILED]


@pytest.mark.parametrize("stop_as", [Status.CANCELLED, Status.PAUSED])
@pytest.mark.parametrize("ending", [attempts.hand_back, attempts.crash, attempts.lose])
def test_a_cancel_or_pause_that_was_asked_for_holds_however_the_attempt_ends(
    database: Database, queued: Queue, claim: Take, ending: Callable[..., object], stop_as: Status
) -> None:
    run_id = queued()
    held = claim()
    assert held is not None
    with database.write() as session:
        session.get_one(RunTable, run_id).stop_as = stop_as

    with database.write() as session:
        ending(session, run_id, held.attempt, reason="because")

    assert see(database, run_id).status == stop_as
