"""The loop that runs errands, with stand-ins for their processes."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.db import errands
from backend.db.database import Database, DatabaseBusy, Session
from backend.db.tables import ErrandTable
from skiplab.contract import places
from skiplab.contract.errands import (
    CardTask,
    Errand,
    ErrandKind,
    ErrandStatus,
    ImportTask,
    PreviewTask,
    Task,
)
from skiplab.contract.lifecycle import MAX_CRASHES
from tests.databases import fail_reads
from tests.lab import until
from tests.worker.errands.work import looping
from worker.errands import kinds, loop
from worker.settings import WorkerSettings

DIES = (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
HANGS = (sys.executable, "-c", "import time; time.sleep(600)")
CARD = CardTask(model="cnn")

Started = list["subprocess.Popen[bytes]"]


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> WorkerSettings:
    return WorkerSettings(home=tmp_path, database_url=database.url)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[str]], Started]:
    """Has this command run instead of an errand's process; gives the list of those that were started."""
    popen = subprocess.Popen

    def instead(command: Sequence[str]) -> Started:
        started: Started = []

        def start(_command: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
            started.append(popen(command, **options))
            return started[-1]

        monkeypatch.setattr(subprocess, "Popen", start)
        monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
        return started

    return instead


def requested(database: Database, task: Task = CARD) -> int:
    with database.write() as session:
        return errands.add(session, task).id or 0


def seen(database: Database, errand_id: int) -> Errand:
    with database.read() as session:
        return errands.view(session, session.get_one(ErrandTable, errand_id))


def ended(database: Database, errand_id: int) -> Errand:
    found = until(lambda: seen(database, errand_id), lambda errand: errand.ended_at is not None, 20)
    assert isinstance(found, Errand)
    return found


def test_an_errand_whose_process_is_killed_is_tried_again_until_it_has_crashed_three_times(
    database: Database, worker_id: int, settings: WorkerSettings, processes: Callable[[Sequence[str]], Started]
) -> None:
    started = processes(DIES)
    errand_id = requested(database)

    with looping(settings, worker_id):
        failed = ended(database, errand_id)

    assert len(started) == MAX_CRASHES
    assert (failed.status, failed.attempt) == (ErrandStatus.FAILED, MAX_CRASHES)
    assert failed.error == "crashed 3 times in a row: its process was killed by SIGKILL"


def test_an_errand_that_takes_longer_than_its_kind_may_fails_and_its_process_is_killed(
    database: Database,
    worker_id: int,
    settings: WorkerSettings,
    processes: Callable[[Sequence[str]], Started],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = processes(HANGS)
    short = replace(kinds.KINDS[ErrandKind.MEASURE_CARD], limit_seconds=0.2)
    monkeypatch.setattr(loop, "KINDS", {**kinds.KINDS, ErrandKind.MEASURE_CARD: short})
    errand_id = requested(database)

    with looping(settings, worker_id):
        failed = ended(database, errand_id)

    assert (failed.status, failed.error) == (ErrandStatus.FAILED, "timed out after 0 s")
    assert [process.wait(10) for process in started] == [-9]


def test_the_process_of_an_errand_that_is_cancelled_is_killed_within_two_seconds(
    database: Database, worker_id: int, settings: WorkerSettings, processes: Callable[[Sequence[str]], Started]
) -> None:
    started = processes(HANGS)
    errand_id = requested(database)

    with looping(settings, worker_id):
        until(lambda: started, bool, 10)
        begun = time.monotonic()
        with database.write() as session:
            errands.cancel(session, session.get_one(ErrandTable, errand_id))
        assert started[0].wait(10) == -9
        took = time.monotonic() - begun

    assert took < 2
    assert seen(database, errand_id).status == ErrandStatus.CANCELLED


def test_a_worker_that_stops_hands_its_errand_back_without_a_crash(
    database: Database, worker_id: int, settings: WorkerSettings, processes: Callable[[Sequence[str]], Started]
) -> None:
    started = processes(HANGS)
    errand_id = requested(database)

    with looping(settings, worker_id):
        until(lambda: started, bool, 10)

    handed_back = seen(database, errand_id)
    assert (handed_back.status, handed_back.crashes) == (ErrandStatus.WAITING, 0)
    assert handed_back.error == "its worker was stopped"
    assert started[0].poll() == -9


def test_how_an_errand_ended_is_written_until_the_database_takes_it(
    database: Database,
    worker_id: int,
    settings: WorkerSettings,
    processes: Callable[[Sequence[str]], Started],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    processes(DIES)
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0.05)
    crash, busy = errands.crash, [True]

    def crash_when_free(session: Session, errand_id: int, attempt: int, *, reason: str) -> None:
        if busy:
            busy.pop()
            raise DatabaseBusy("locked")
        crash(session, errand_id, attempt, reason=reason)

    monkeypatch.setattr(errands, "crash", crash_when_free)
    errand_id = requested(database)

    with looping(settings, worker_id):
        assert ended(database, errand_id).attempt == MAX_CRASHES
    assert busy == []


def test_a_loop_for_quick_errands_leaves_imports_to_the_other(
    database: Database, worker_id: int, settings: WorkerSettings, processes: Callable[[Sequence[str]], Started]
) -> None:
    processes(DIES)
    file = places.upload(settings.home, 1, "pets")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"zip")
    long = requested(database, ImportTask(import_id=1))
    quick = requested(database, PreviewTask(dataset="digits"))

    with looping(settings, worker_id, quick_only=True):
        ended(database, quick)

    assert seen(database, long).attempt == 0


def test_an_errand_that_comes_while_the_loop_is_idle_runs_once_it_is_notified(
    database: Database, worker_id: int, settings: WorkerSettings, processes: Callable[[Sequence[str]], Started]
) -> None:
    processes(DIES)
    first = requested(database)

    with looping(settings, worker_id) as running:
        ended(database, first)
        second = requested(database, PreviewTask(dataset="digits"))
        running.notify()
        ended(database, second)


def test_an_errand_whose_notification_never_comes_runs_all_the_same(
    database: Database,
    worker_id: int,
    settings: WorkerSettings,
    processes: Callable[[Sequence[str]], Started],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the connection to the broker has died and neither side has noticed."""
    processes(DIES)
    monkeypatch.setattr(loop, "CHECK_SECONDS", 0.05)
    first = requested(database)

    with looping(settings, worker_id):
        ended(database, first)
        ended(database, requested(database, PreviewTask(dataset="digits")))


def test_a_database_that_is_busy_while_an_errand_runs_ends_no_process(
    database: Database,
    worker_id: int,
    settings: WorkerSettings,
    processes: Callable[[Sequence[str]], Started],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = processes((sys.executable, "-c", "import time; time.sleep(0.5)"))
    errand_id = requested(database)
    with looping(settings, worker_id):
        until(lambda: started, bool, 10)
        failing: list[Exception] = [DatabaseBusy("locked"), DatabaseBusy("locked")]
        fail_reads(monkeypatch, failing)
        assert started[0].wait(10) == 0

    assert failing == []
    assert seen(database, errand_id).attempt == 1
