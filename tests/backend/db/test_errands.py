"""Errands in the database: the claim, its fence, crashes, and what follows an errand in the same transaction."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from backend.db import catalog, errands, events, imports, workers
from backend.db.database import Database, Session
from backend.db.errands import ErrandClaim, ErrandLost
from backend.db.tables import ErrandTable
from skiplab.contract.catalog import ModelDetails
from skiplab.contract.errands import (
    LONGEST_ERROR,
    CardTask,
    ErrandStatus,
    ImportTask,
    PreviewTask,
    Task,
)
from skiplab.contract.events import EventType
from skiplab.contract.imports import ImportStatus
from skiplab.contract.lifecycle import MAX_CRASHES, MAX_LOST_WORKERS
from tests.conftest import CPU
from tests.databases import BOTH
from tests.errands import any_task, claim_errand

pytestmark = BOTH

CARD = CardTask(model="cnn")

WRITES: list[Callable[[Session, int, int], None]] = [
    errands.renew,
    errands.finish,
    lambda session, id, attempt: errands.progress(session, id, attempt, done=1, total=2),
    lambda session, id, attempt: errands.fail(session, id, attempt, error="no"),
    lambda session, id, attempt: errands.crash(session, id, attempt, reason="no"),
    lambda session, id, attempt: errands.lose(session, id, attempt, reason="no"),
    lambda session, id, attempt: errands.hand_back(session, id, attempt, reason="no"),
]


def claim(session: Session, worker_id: int, suits: Callable[[Task], bool] = any_task) -> ErrandClaim:
    found = claim_errand(session, worker_id, suits)
    assert found is not None
    return found


def row(session: Session, errand_id: int) -> ErrandTable:
    return session.get_one(ErrandTable, errand_id)


def test_the_same_task_is_queued_once_while_it_waits_or_runs(database: Database, worker_id: int) -> None:
    with database.write() as session:
        first = errands.add(session, CARD).id
        assert errands.add(session, CARD).id == first
        held = claim(session, worker_id)
        assert errands.add(session, CARD).id == first
        assert errands.add(session, CardTask(model="resnet18")).id != first
        errands.finish(session, held.errand_id, held.attempt)
        assert errands.add(session, CARD).id != first


def test_interactive_errands_precede_imports_and_each_is_claimed_once(database: Database, worker_id: int) -> None:
    with database.write() as session:
        for task in (ImportTask(import_id=7), CARD, PreviewTask(dataset="digits")):
            errands.add(session, task)
    claimed = []
    for _ in range(3):
        with database.write() as session:
            claimed.append(claim(session, worker_id).task)
    with database.write() as session:
        assert claim_errand(session, worker_id) is None
    assert claimed == [CARD, PreviewTask(dataset="digits"), ImportTask(import_id=7)]


def test_a_worker_claims_only_what_suits_it(database: Database, worker_id: int) -> None:
    with database.write() as session:
        errands.add(session, CARD)
        errands.add(session, PreviewTask(dataset="digits"))
        held = claim(session, worker_id, lambda task: task.kind == "preview_augmentation")
    assert held.task == PreviewTask(dataset="digits")


def test_a_worker_of_another_version_than_the_database_claims_no_errand(database: Database, worker_id: int) -> None:
    with database.write() as session:
        errands.add(session, CARD)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with database.write() as session:
        assert claim_errand(session, worker_id) is None
        assert len(errands.waiting(session)) == 1


def test_of_two_that_saw_an_errand_wait_one_claims_it(database: Database, worker_id: int) -> None:
    with database.write() as session:
        errand_id = errands.add(session, CARD).id
        assert errand_id is not None

    claims = []
    for _ in range(2):
        with database.write() as session:
            claims.append(errands.claim(session, worker_id, errand_id))

    assert [None if each is None else each.attempt for each in claims] == [1, None]


def test_progress_of_each_of_two_errands_is_replayed(database: Database, worker_id: int) -> None:
    with database.write() as session:
        for model in ("cnn", "resnet18"):
            errands.add(session, CardTask(model=model))
        held = [claim(session, worker_id) for _ in range(2)]
        start = events.latest_id(session)
    for done in (1, 2):
        for each in held:
            with database.write() as session:
                errands.progress(session, each.errand_id, each.attempt, done=done, total=3)

    with database.read() as session:
        published = [json.loads(event.payload) for event in events.since(session, after=start)]

    assert [(each["id"], each["done"]) for each in published] == [(each.errand_id, 2) for each in held]


@pytest.mark.parametrize("write", WRITES)
def test_an_attempt_that_lost_its_errand_writes_nothing(
    write: Callable[[Session, int, int], None], database: Database, worker_id: int
) -> None:
    with database.write() as session:
        errands.add(session, CARD)
        lost = claim(session, worker_id)
        errands.lose(session, lost.errand_id, lost.attempt, reason="lease expired")
        held = claim(session, worker_id)
        assert (held.errand_id, held.attempt) == (lost.errand_id, 2)

    with pytest.raises(ErrandLost), database.write() as session:
        write(session, lost.errand_id, lost.attempt)

    with database.read() as session:
        found = row(session, held.errand_id)
        assert (found.status, found.attempt, found.done) == (ErrandStatus.RUNNING, 2, 0)


@pytest.mark.parametrize(
    ("end", "most", "message"),
    [
        (errands.crash, MAX_CRASHES, "crashed 3 times in a row: it died"),
        (errands.lose, MAX_LOST_WORKERS, "10 workers were lost in a row: it died"),
    ],
)
def test_an_errand_that_keeps_crashing_or_losing_workers_fails_in_the_end(
    end: Callable[..., None], most: int, message: str, database: Database, worker_id: int
) -> None:
    with database.write() as session:
        errand_id = errands.add(session, CARD).id or 0
        for attempt in range(1, most + 1):
            assert row(session, errand_id).status == ErrandStatus.WAITING
            held = claim(session, worker_id)
            assert held.attempt == attempt
            end(session, errand_id, attempt, reason="it died")
        found = row(session, errand_id)
        assert (found.status, found.error) == (ErrandStatus.FAILED, message)


def test_a_restarted_worker_requeues_what_its_earlier_process_held(database: Database, worker_id: int) -> None:
    with database.write() as session:
        errands.add(session, CARD)
        held = claim(session, worker_id)
        errands.reclaim(session, workers.register(session, name="gpu-2", devices=[CPU]))
        assert row(session, held.errand_id).status == ErrandStatus.RUNNING

        errands.reclaim(session, workers.register(session, name="gpu-1", devices=[CPU]))

        found = row(session, held.errand_id)
        assert (found.status, found.error) == (ErrandStatus.WAITING, "worker gpu-1 restarted")


def test_an_error_is_cut_to_what_a_page_can_show(database: Database, worker_id: int) -> None:
    with database.write() as session:
        errands.add(session, CARD)
        held = claim(session, worker_id)
        errands.fail(session, held.errand_id, held.attempt, error="x" * 10_000)
        assert len(row(session, held.errand_id).error or "") == LONGEST_ERROR


def test_every_change_is_an_event_with_the_errand_whole_and_of_progress_the_newest(
    database: Database, worker_id: int
) -> None:
    with database.write() as session:
        errands.add(session, CARD)
        held = claim(session, worker_id)
        for done in (1, 2):
            errands.progress(session, held.errand_id, held.attempt, done=done, total=2)
        errands.finish(session, held.errand_id, held.attempt, result={"model": "cnn"})
    with database.read() as session:
        sent = [event.payload for event in events.since(session, after=0) if event.type == EventType.ERRAND]
        last = errands.view(session, row(session, held.errand_id))
    assert len(sent) == 4
    assert sent[-1] == last.model_dump_json()
    assert (last.status, last.worker, last.done, last.result) == ("done", "gpu-1", 2, {"model": "cnn"})


def test_a_row_that_this_version_cannot_read_fails_and_the_next_is_taken(database: Database, worker_id: int) -> None:
    with database.write() as session:
        bad = errands.add(session, CARD).id or 0
        good = errands.add(session, CardTask(model="resnet18")).id
        session.execute(text("UPDATE errand SET kind = 'of tomorrow' WHERE id = :id"), {"id": bad})
    with database.write() as session:
        assert claim(session, worker_id).errand_id == good
    with database.read() as session:
        found = errands.view(session, row(session, bad))
        assert (found.kind, found.task, found.status) == ("of tomorrow", None, ErrandStatus.FAILED)
        assert len(errands.recent(session)) == 2


@pytest.mark.parametrize("preview", [False, True])
def test_an_import_is_where_its_errand_is(preview: bool, database: Database, worker_id: int) -> None:
    with database.write() as session:
        import_id = imports.add(session, key="pets", bytes=1, preview=preview).id or 0
        errands.add(session, ImportTask(import_id=import_id))

    def status() -> Any:
        with database.read() as session:
            found = imports.get(session, import_id)
            assert found is not None
            return found.status

    seen = [status()]
    with database.write() as session:
        held = claim(session, worker_id)
    seen.append(status())
    with database.write() as session:
        errands.crash(session, held.errand_id, held.attempt, reason="it died")
    seen.append(status())
    with database.write() as session:
        held = claim(session, worker_id)
        errands.finish(session, held.errand_id, held.attempt)
    seen.append(status())

    working = ImportStatus.INSPECTING if preview else ImportStatus.IMPORTING
    over = ImportStatus.FOUND if preview else ImportStatus.DONE
    assert seen == [ImportStatus.WAITING, working, ImportStatus.WAITING, over]


def test_a_network_that_cannot_be_measured_says_why_on_its_card(database: Database, worker_id: int) -> None:
    with database.write() as session:
        unmeasured = ModelDetails(key="torchvision.alexnet", label="", origin="torchvision", source="torchvision")
        catalog.announce_models(session, "torchvision", [unmeasured])
        errands.add(session, CardTask(model="torchvision.alexnet"))
        held = claim(session, worker_id)
        errands.fail(session, held.errand_id, held.attempt, error="took longer than 300 s")
        card = catalog.model(session, "torchvision.alexnet")
    assert card is not None
    assert (card.measured, card.error) == (False, "took longer than 300 s")
