"""Workers: what they hold, and what becomes of it when they start anew."""

import json
from collections.abc import Callable

import pytest

from backend.db import attempts, events, run_queue, run_views, workers
from backend.db.attempts import Claim, Fenced
from backend.db.database import Database
from backend.db.tables import RunTable, WorkerTable
from skiplab.contract.events import EventType
from skiplab.contract.lifecycle import Status
from skiplab.contract.worker import Worker
from tests.conftest import CPU
from tests.databases import BOTH

pytestmark = BOTH


def published(database: Database) -> list[Worker]:
    """Return the published worker events."""
    with database.read() as session:
        return [
            Worker.model_validate(json.loads(row.payload))
            for row in events.since(session, after=0)
            if row.type == EventType.WORKER
        ]


def restart(database: Database, name: str = "gpu-1") -> int:
    with database.write() as session:
        worker_id = workers.register(session, name=name, devices=[CPU])
        attempts.reclaim(session, worker_id)
    return worker_id


def test_events_show_what_a_worker_holds_after_a_claim_and_a_release(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()
    assert published(database)[-1].runs == [run_id]

    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)

    assert published(database)[-1].runs == []


def test_a_restarted_worker_takes_its_earlier_process_offline_and_no_other(database: Database, worker_id: int) -> None:
    other = restart(database, "gpu-2")
    newer = restart(database)

    with database.read() as session:
        online = {row.id: row.online for row in workers.recent(session)}
        assert online == {worker_id: False, other: True, newer: True}
    assert [(each.id, each.online) for each in published(database)[-2:]] == [(worker_id, False), (newer, True)]


def test_runs_of_the_earlier_process_are_requeued_before_all_others(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    held_before, next_in_line = queued(), queued()
    old = claim()

    restart(database)

    with database.read() as session:
        assert run_queue.ids(session) == [held_before, next_in_line]
        run = run_views.view(session, session.get_one(RunTable, held_before))
    assert run.reason == "worker gpu-1 restarted, attempt 1"
    assert (run.worker, run.device) == (None, None)
    with pytest.raises(Fenced), database.write() as session:
        attempts.renew(session, held_before, old.attempt)


def test_released_runs_precede_those_moved_in_the_meantime(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    held_before, moved, next_in_line = queued(), queued(), queued()
    claim()
    with database.write() as session:
        run_queue.put_last(session, session.get_one(RunTable, moved))

    restart(database)

    with database.read() as session:
        assert run_queue.ids(session) == [held_before, next_in_line, moved]


def test_runs_of_other_workers_are_left_alone(
    database: Database, worker_id: int, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    claim()
    restart(database, "gpu-2")
    with database.read() as session:
        row = session.get_one(RunTable, run_id)
        assert (row.status, row.worker_id) == (Status.RUNNING, worker_id)


def test_an_earlier_process_that_is_alive_after_all_comes_back_online(database: Database, worker_id: int) -> None:
    restart(database)
    with database.write() as session:
        workers.beat(session, worker_id)
    with database.read() as session:
        assert session.get_one(WorkerTable, worker_id).online


def test_draining_survives_a_crash_of_the_worker_but_not_a_clean_exit(database: Database, worker_id: int) -> None:
    with database.write() as session:
        workers.drain(session, session.get_one(WorkerTable, worker_id), draining=True)
    again = restart(database)
    with database.write() as session:
        assert session.get_one(WorkerTable, again).draining
        workers.leave(session, again)
    fresh = restart(database)
    with database.read() as session:
        assert not session.get_one(WorkerTable, fresh).draining
