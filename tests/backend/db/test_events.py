"""The outbox: what is stored of a change, and what is read of it."""

import json
from typing import Any

from sqlmodel import select

from backend.db import events, runs
from backend.db.database import Database
from backend.db.tables import EventTable, RunTable
from skiplab.contract.events import EventType
from tests.backend.db.attempted import Queue, Take, record
from tests.databases import BOTH

pytestmark = BOTH


def published(database: Database, *, after: int = 0) -> list[tuple[EventType, Any]]:
    with database.read() as session:
        return [(event.type, json.loads(event.payload)) for event in events.since(session, after=after)]


def test_events_of_a_run_carry_its_newest_state(database: Database, queued: Queue, claim: Take) -> None:
    run_id = queued()
    claim()

    of_runs = [run for type, run in published(database) if type is EventType.RUN]

    assert [(run["id"], run["status"]) for run in of_runs] == [(run_id, "running")] * 2


def test_the_state_of_a_run_is_not_stored_with_its_events(database: Database, queued: Queue) -> None:
    queued()

    with database.read() as session:
        assert [row.payload for row in session.exec(select(EventTable))] == [""]


def test_events_of_a_run_deleted_since_say_so(database: Database, queued: Queue) -> None:
    run_id, other = queued(), queued()
    with database.write() as session:
        runs.delete(session, session.get_one(RunTable, run_id))

    first, second, third = published(database)
    assert first == third == (EventType.REMOVED, {"run": run_id})
    assert (second[0], second[1]["id"]) == (EventType.RUN, other)


def test_an_epoch_is_one_event_of_values_and_one_of_its_run(database: Database, queued: Queue, claim: Take) -> None:
    queued()
    held = claim()
    assert held is not None
    with database.read() as session:
        before = events.latest_id(session)

    record(database, held, 1, TRAIN_LOSS=2.0)

    (first, values), (second, run) = published(database, after=before)
    assert (first, values["values"]) == (EventType.METRICS, {"train/loss": 2.0})
    assert (second, run["epoch"]) == (EventType.RUN, 1)
