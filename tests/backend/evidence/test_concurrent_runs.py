"""Concurrent runs of one machine (`RunRecord.beside`): pauses, lost runs and retries, on a real database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, runs
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.evidence import loading
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.runs import BEGIN


def test_concurrent_runs_count_by_the_share_of_time_they_overlap(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    """The second run starts when a quarter of the first one's time is left."""
    first, second = queued(), queued(seed=1)
    for run_id, attempt in [(each, claim()) for each in (first, second)]:
        with database.write() as session:
            attempts.finish(session, run_id, attempt.attempt)
    for run_id, started, finished in ((first, 0, 100), (second, 75, 125)):
        set_history(database, run_id, 0, started, finished)
    with database.read() as session:
        one, other = loading.load(session, run_ids=[first, second]).runs
    assert (one.beside, other.beside) == pytest.approx((0.25, 0.5))


def test_a_paused_run_is_no_load_and_its_pause_does_not_count(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    """One slot: the second runs alone while the first is paused; the third overlaps the end of the first."""
    first = queued()
    held = claim()
    with database.write() as session:
        runs.end(session, attempts.held(session, first, held.attempt), Status.PAUSED, "paused while running")
    second = queued(seed=1)
    finish(database, second, claim())
    with database.write() as session:
        row = runs.get(session, first)
        assert row is not None
        runs.end(session, row, Status.QUEUED, None, cause="resumed")
    finish(database, first, claim())
    third = queued(seed=2)
    finish(database, third, claim())
    set_history(database, first, 0, 0, 300, 3900, 3900, 4000)
    set_history(database, second, 0, 300, 3900)
    set_history(database, third, 0, 3900, 4000)
    with database.read() as session:
        found = loading.load(session, run_ids=[first, second, third]).runs
    assert [each.beside for each in found] == [pytest.approx(0.25), 0, pytest.approx(1)]


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_run_that_was_paused_or_cancelled_later_counts_as_load(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim], cancelled: bool
) -> None:
    first, second = queued(), queued(seed=1)
    held, other = claim(), claim()
    with database.write() as session:
        row = attempts.held(session, first, held.attempt)
        runs.end(session, row, Status.PAUSED, "paused while running")
        if cancelled:
            runs.end(session, row, Status.CANCELLED, "cancelled while paused")
    finish(database, second, other)
    set_history(database, first, 0, 0, 100, *[200] * cancelled)
    set_history(database, second, 0, 0, 100)
    with database.read() as session:
        assert loading.load(session, run_ids=[second]).runs[0].beside == pytest.approx(1)


def test_the_time_before_a_retry_does_not_count(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    """The first attempt failed beside another run; the second ran alone."""
    first, second = queued(), queued(seed=1)
    held, other = claim(), claim()
    with database.write() as session:
        attempts.fail(session, first, held.attempt, reason="diverged")
    finish(database, second, other)
    assert api.post(f"/api/v1/runs/{first}/retry").status_code == 202
    finish(database, first, claim())
    set_history(database, first, 0, 0, 100, 200, 200, 300)
    set_history(database, second, 0, 0, 100)
    with database.write() as session:
        row = runs.get(session, first)
        assert row is not None
        row.started_at = BEGIN + timedelta(seconds=200)
        session.add(row)
    with database.read() as session:
        one, beside = loading.load(session, run_ids=[first, second]).runs
    assert one.beside == 0
    assert beside.beside == pytest.approx(1)


def set_history(database: Database, run_id: int, *seconds: float) -> None:
    """Set the times of the run's transitions, relative to its submission."""
    times = [BEGIN + timedelta(seconds=each) for each in seconds]
    with database.write() as session:
        row = runs.get(session, run_id)
        assert row is not None
        row.created_at, row.started_at, row.finished_at = times[0], times[1], times[-1]
        for move, time in zip(runs.history(session, run_id), times, strict=True):
            move.time = time
            session.add(move)
        session.add(row)


def finish(database: Database, run_id: int, held: Claim) -> None:
    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)
