"""The outbox: what is stored for an event, and what listeners receive."""

import json
from typing import Any

from sqlmodel import select

from backend.db import attempts, events, runs
from backend.db.database import Database
from backend.db.tables import EventTable, RunTable
from skiplab.contract.events import EventType
from tests.backend.db.attempted import Queue, Take, record, see
from tests.databases import BOTH

pytestmark = BOTH


def published(database: Database, *, after: int = 0) -> list[tuple[str, Any]]:
    with database.read() as session:
        return [(event.type, json.loads(event.payload)) for event in events.since(session, after=after)]


def test_an_event_of_a_run_carries_its_state_at_that_time_and_its_newest_name(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued()
    held = claim()
    assert held is not None
    record(database, held, 1, TRAIN_LOSS=2.0, TEST_ACCURACY=0.5)
    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)
        session.get_one(RunTable, run_id).name = "renamed"

    of_runs = [run for type, run in published(database) if type == EventType.RUN]

    states = [(run["status"], run["attempt"], run["epoch"], run["worker"]) for run in of_runs]
    assert states == [
        ("queued", 0, 0, None),
        ("running", 1, 0, "gpu-1"),
        ("running", 1, 1, "gpu-1"),
        ("finished", 1, 1, "gpu-1"),
    ]
    assert [run["best"] and run["best"]["value"] for run in of_runs] == [None, None, 0.5, 0.5]
    assert of_runs[-1] == json.loads(see(database, run_id).model_dump_json())
    assert {run["name"] for run in of_runs} == {"renamed"}


def test_only_the_state_of_a_run_is_stored_with_its_events(database: Database, queued: Queue, claim: Take) -> None:
    queued()
    claim()

    with database.read() as session:
        stored = [row.payload for row in session.exec(select(EventTable).where(EventTable.type == "run"))]
    assert stored[0] == "{}"
    assert json.loads(stored[1]) == {
        "status": "running",
        "activity": "starting",
        "attempt": 1,
        "worker_id": 1,
    }


def test_a_whole_run_stored_by_an_older_version_is_sent_as_it_is(database: Database, queued: Queue) -> None:
    run_id = queued()
    with database.write() as session:
        session.add(EventTable(type=EventType.RUN, run_id=run_id, payload='{"id":1,"name":"of old"}'))

    assert published(database)[-1] == (EventType.RUN, {"id": 1, "name": "of old"})


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


def test_an_event_of_a_newer_version_is_sent_as_it_is(database: Database) -> None:
    with database.write() as session:
        session.add(EventTable(type="invented_later", payload='{"new":1}'))

    assert published(database) == [("invented_later", {"new": 1})]
