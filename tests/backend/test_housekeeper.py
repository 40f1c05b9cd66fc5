"""The housekeeper, with simulated clocks: expired data is deleted, the rest kept."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.db import (
    artifacts,
    attempts,
    errands,
    events,
    imports,
    quantities,
    records,
    retention,
    runs,
    telemetry,
    workers,
)
from backend.db.artifacts import NewArtifact
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.tables import EventTable, RunTable, WorkerTable
from backend.events.tail import Tail
from backend.housekeeper import PERIOD_SECONDS, RETRY_SECONDS, Housekeeper
from backend.settings import Settings
from skiplab.contract import places
from skiplab.contract.errands import CardTask, ErrandStatus, ImportTask
from skiplab.contract.events import EventType
from skiplab.contract.imports import ImportStatus
from skiplab.contract.quantities import Quantity
from tests.backend.conftest import Clock
from tests.conftest import CPU
from tests.databases import BOTH
from tests.errands import claim_errand
from tests.points import points_of

pytestmark = BOTH

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def keep(database: Database, tmp_path: Path, clock: Clock) -> Callable[..., Housekeeper]:
    def make(**settings: Any) -> Housekeeper:
        return Housekeeper(database, Settings(home=tmp_path, **settings), clock=clock, now=lambda: NOW)

    return make


def whole_round(housekeeper: Housekeeper) -> None:
    for _ in range(50):
        housekeeper.step()


def add_events(database: Database, *days_old: float) -> None:
    with database.write() as session:
        for days in days_old:
            session.add(EventTable(type=EventType.REMOVED, payload='{"run": 1}', created_at=NOW - timedelta(days=days)))


def event_ids(database: Database) -> list[int]:
    with database.read() as session:
        return [row.id or 0 for row in events.since(session, after=0, limit=10_000)]


def first_frame(database: Database, after: int) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        frame = (await anext(Tail(database).batches(after))).frames[0]
        return frame.id, frame.encoded.decode()

    return asyncio.run(ask())


def losses(database: Database, run_id: int) -> list[int]:
    with database.read() as session:
        return [point.step for point in points_of(session, [run_id], keys=["step/loss"])]


def lines(database: Database, run_id: int) -> list[str]:
    with database.read() as session:
        return [row.text for row in telemetry.log(session, run_id, after=0, limit=10_000)]


def test_events_expire_after_a_week_and_clients_that_missed_some_reload(
    database: Database, keep: Callable[..., Housekeeper]
) -> None:
    add_events(database, 9, 8, 7.1, 6.9, 1)

    whole_round(keep())

    assert event_ids(database) == [4, 5]
    assert "event: reset" in first_frame(database, after=2)[1]
    assert first_frame(database, after=2)[0] == 5
    assert first_frame(database, after=3)[0] == 4, "who had seen all that went misses nothing"


def test_the_newest_event_stays_however_old_so_that_the_stream_knows_where_it_is(
    database: Database, keep: Callable[..., Housekeeper]
) -> None:
    add_events(database, *[30] * (retention.BATCH + 500))

    whole_round(keep())

    assert event_ids(database) == [retention.BATCH + 500]


def test_one_step_is_one_short_transaction(database: Database, keep: Callable[..., Housekeeper]) -> None:
    add_events(database, *[30] * (2 * retention.BATCH + 1))
    housekeeper = keep()
    left = []
    for _ in range(4):
        housekeeper.step()
        left.append(len(event_ids(database)))

    assert left[-1] == 1
    assert all(before - after <= retention.BATCH for before, after in pairwise(left))


def test_it_sweeps_once_an_hour(database: Database, keep: Callable[..., Housekeeper], clock: Clock) -> None:
    housekeeper = keep()
    whole_round(housekeeper)
    add_events(database, 30, 30)

    clock.now += PERIOD_SECONDS - 1
    whole_round(housekeeper)
    assert len(event_ids(database)) == 2

    clock.now += 2
    whole_round(housekeeper)
    assert len(event_ids(database)) == 1


def test_step_losses_are_thinned_evenly_from_the_first_to_the_last(
    database: Database, keep: Callable[..., Housekeeper], queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id, attempt = queued(), claim().attempt
    with database.write() as session:
        points = [(step, 1.0) for step in range(3, 1003)]
        records.progress(session, run_id, attempt, epoch=1, share=0.5, losses=points)

    whole_round(keep(keep_step_points=50))

    steps = losses(database, run_id)
    assert (len(steps), steps[0], steps[-1]) == (50, 3, 1002)
    assert {after - before for before, after in pairwise(steps)} <= {20, 21}

    whole_round(keep(keep_step_points=50))
    assert losses(database, run_id) == steps, "what is thin enough is left alone"


def test_the_newest_lines_of_a_log_stay(
    database: Database, keep: Callable[..., Housekeeper], queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id, attempt = queued(), claim().attempt
    with database.write() as session:
        records.log(session, run_id, attempt, [(NOW, "INFO", f"line {number}") for number in range(30)])

    whole_round(keep(keep_log_lines=10))

    assert lines(database, run_id) == [f"line {number}" for number in range(20, 30)]


def test_zero_keeps_all(
    database: Database, keep: Callable[..., Housekeeper], queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id, attempt = queued(), claim().attempt
    with database.write() as session:
        points = [(step, 1.0) for step in range(3000)]
        records.progress(session, run_id, attempt, epoch=1, share=0.5, losses=points)
        records.log(session, run_id, attempt, [(NOW, "INFO", "a line")] * 20)
    add_events(database, 5000)
    before = len(event_ids(database))

    whole_round(keep(keep_events_days=0, keep_step_points=0, keep_log_lines=0))

    assert (len(losses(database, run_id)), len(lines(database, run_id))) == (3000, 20)
    assert len(event_ids(database)) == before


def test_old_checkpoints_of_finished_runs_are_deleted_if_set_and_best_weights_kept(
    database: Database, keep: Callable[..., Housekeeper], queued: Callable[..., int], tmp_path: Path, worker_id: int
) -> None:
    def leave(*, finished: bool, days_ago: float) -> int:
        run_id = queued()
        with database.write() as session:
            held = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
            assert held is not None
            kinds: tuple[Literal["checkpoint", "best"], ...] = ("checkpoint", "best")
            for kind in kinds:
                path = f"{run_id}/attempt-1/{kind}-1.safetensors"
                (tmp_path / "runs" / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / "runs" / path).write_bytes(b"weights")
                artifacts.add(session, run_id, 1, NewArtifact(kind, path, 1, 1, 7, "-"))
            end = attempts.finish if finished else partial(attempts.fail, reason="a test says so")
            end(session, run_id, held.attempt)
            session.get_one(RunTable, run_id).finished_at = NOW - timedelta(days=days_ago)
        return run_id

    old, young = leave(finished=True, days_ago=31), leave(finished=True, days_ago=29)
    failed = leave(finished=False, days_ago=400)

    def left() -> dict[int, list[str]]:
        with database.read() as session:
            rows = {run_id: artifacts.of_run(session, run_id) for run_id in (old, young, failed)}
        assert all((tmp_path / "runs" / row.path).exists() for kept in rows.values() for row in kept)
        return {run_id: sorted(row.kind for row in kept) for run_id, kept in rows.items()}

    whole_round(keep())
    assert left()[old] == ["best", "checkpoint"]

    whole_round(keep(keep_checkpoints_days=30))

    assert left() == {old: ["best"], young: ["best", "checkpoint"], failed: ["best", "checkpoint"]}
    assert len(list((tmp_path / "runs").rglob("*.safetensors"))) == 5


@pytest.mark.parametrize(
    ("waited_hours", "looked_hours", "here", "given_up"),
    [
        (25, 30, False, True),
        pytest.param(23, 30, False, False, id="not long enough"),
        pytest.param(25, 1, False, False, id="the worker has only just come"),
        pytest.param(25, 30, True, False, id="its file lies here, for a worker beside it"),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
def test_an_import_is_given_up_whose_file_no_worker_had_for_a_day(
    keep: Callable[..., Housekeeper],
    database: Database,
    tmp_path: Path,
    waited_hours: float,
    looked_hours: float,
    here: bool,
    given_up: bool,
    begun: bool,
) -> None:
    """Whether it never started, or its worker was lost with the file."""
    with database.write() as session:
        worker_id = workers.register(session, name="elsewhere", devices=[CPU])
        session.get_one(WorkerTable, worker_id).started_at = NOW - timedelta(hours=looked_hours)
        import_id = imports.add(session, key="pets", bytes=1).id or 0
        errand = errands.add(session, ImportTask(import_id=import_id))
        errand.created_at = NOW - timedelta(hours=waited_hours)
    if begun:
        with database.write() as session:
            gone = workers.register(session, name="gone", devices=[CPU])
            claim = claim_errand(session, gone)
            assert claim is not None
            errands.lose(session, claim.errand_id, claim.attempt, reason="lease expired")
    if here:
        file = places.upload(tmp_path, import_id, "pets")
        file.parent.mkdir(parents=True)
        file.write_bytes(b"zip")

    whole_round(keep())

    with database.read() as session:
        found = imports.get(session, import_id)
        assert found is not None
        assert found.status == (ImportStatus.FAILED if given_up else ImportStatus.WAITING)
        assert ("upload it again" in (found.reason or "")) == given_up


def test_errands_that_ended_a_week_ago_are_deleted(keep: Callable[..., Housekeeper], database: Database) -> None:
    with database.write() as session:
        rows = [errands.add(session, CardTask(model=key)) for key in ("old", "new", "waiting")]
        for row, days in zip(rows[:2], (8, 6), strict=True):
            errands.cancel(session, row)
            row.ended_at = NOW - timedelta(days=days)
        rows[2].created_at = NOW - timedelta(days=30)

    whole_round(keep())

    with database.read() as session:
        left = [(row.arguments["model"], row.status) for row in errands.recent(session)]
    assert left == [("waiting", ErrandStatus.WAITING), ("new", ErrandStatus.CANCELLED)]


F1, RECALL, KAPPA = (Quantity(key=f"test/{key}", title=key, plugin="mine.py") for key in ("f1", "recall", "kappa"))


def known_quantities(database: Database) -> list[str]:
    with database.read() as session:
        return [each.key for each in quantities.own(session)]


def test_of_quantities_that_no_plugin_offers_any_longer_those_that_runs_or_claims_need_stay(
    tmp_path: Path,
    database: Database,
    keep: Callable[..., Housekeeper],
    queued: Callable[..., int],
    claim: Callable[[], Claim],
) -> None:
    run_id = queued()
    held = claim()
    with database.write() as session:
        quantities.announce(session, [F1, RECALL, KAPPA])
        values = {F1.key: 0.5, RECALL.key: float("nan")}
        records.epoch(session, run_id, held.attempt, records.EpochRecord(epoch=1, step=1, values=values))
        attempts.finish(session, run_id, held.attempt)

    whole_round(keep())
    assert known_quantities(database) == ["test/f1", "test/kappa", "test/recall"]
    with database.write() as session:
        quantities.announce(session, [])
    whole_round(keep())
    assert known_quantities(database) == ["test/f1", "test/recall"]

    with database.write() as session:
        row = runs.get(session, run_id)
        assert row is not None
        runs.delete(session, row)
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "mine.toml").write_text('measure = "test/f1"  # its runs are still to come')
    whole_round(keep())
    assert known_quantities(database) == ["test/f1"]

    (tmp_path / "claims" / "mine.toml").unlink()
    whole_round(keep())
    assert known_quantities(database) == []


def test_no_quantity_goes_while_a_run_may_be_about_to_store_its_first_value(
    database: Database, keep: Callable[..., Housekeeper], queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()
    with database.write() as session:
        quantities.announce(session, [F1])
        quantities.announce(session, [])

    whole_round(keep())
    assert known_quantities(database) == ["test/f1"]

    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)
    whole_round(keep())
    assert known_quantities(database) == []


def test_a_round_that_fails_is_tried_again_after_a_minute(
    keep: Callable[..., Housekeeper], database: Database, clock: Clock
) -> None:
    add_events(database, 9, 0)
    housekeeper = keep(keep_events_days=7)
    with database.write() as session:
        session.execute(text("ALTER TABLE event RENAME TO away"))
    housekeeper.step()
    with pytest.raises(DBAPIError):
        housekeeper.step()
    with database.write() as session:
        session.execute(text("ALTER TABLE away RENAME TO event"))

    whole_round(housekeeper)
    assert len(event_ids(database)) == 2

    clock.now += RETRY_SECONDS
    whole_round(housekeeper)
    assert len(event_ids(database)) == 1
