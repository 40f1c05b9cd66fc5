"""Conversion of rows to `Run`, for responses and events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from sqlmodel import Session, col, select

from backend.db import run_queue, run_rows, versions
from backend.db.readable import readable
from backend.db.run_rows import RunRow
from backend.db.run_states import State
from backend.db.tables import ExperimentTable, RunTable, WorkerTable, utc_now
from skiplab.contract import stored
from skiplab.contract.best import planned_metric
from skiplab.contract.catalog import RunData
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Priority, Status
from skiplab.contract.metrics import Metric
from skiplab.contract.run import Best, ExperimentRef, Run, RunNetwork
from skiplab.contract.spec import RunSpec
from skiplab.contract.stored import StoredSpec

MIN_PACED_EPOCHS = 0.02
"""Smallest fraction of an epoch from which a pace is estimated."""

SELECTED_ON: Mapping[str, Literal["val", "test"]] = {Metric.VAL_ACCURACY: "val", Metric.TEST_ACCURACY: "test"}
"""Metrics that can select the best epoch, and the set that they are measured on."""

RUNS = 2048
"""Views that are cached by their row, more than a page has: runs that have ended do not change."""

NETWORKS = 1024
"""Networks that are cached by their JSON: runs of the same network on the same data have equal ones."""


def view(session: Session, row: RunTable) -> Run:
    return views(session, [row])[0]


def views(session: Session, rows: Sequence[RunTable]) -> list[Run]:
    return of_rows(session, list(map(run_rows.of, rows)))


def of_rows(session: Session, rows: Sequence[RunRow]) -> list[Run]:
    """Convert rows for the API, with a constant number of queries."""
    return _views(session, rows, run_queue.places(session, [row.id for row in rows if row.status == Status.QUEUED]))


def in_states(session: Session, states: Mapping[int, tuple[int, State]]) -> dict[int, Run]:
    """Return runs as they were: `states` is a run and its state then, by any key. Deleted runs are omitted.

    Queue positions are omitted, since they also change for all runs behind: `GET /queue` has those.
    """
    ids = {run_id for run_id, _ in states.values()}
    if not ids:
        return {}
    rows = {row.id: row for row in run_rows.of_ids(session, ids)}
    context = _context(session, list(rows.values()), {state["worker_id"] for _, state in states.values()})
    return {
        key: _view(rows[run_id]._replace(**state), context) for key, (run_id, state) in states.items() if run_id in rows
    }


def _views(session: Session, rows: Sequence[RunRow], positions: Mapping[int, int]) -> list[Run]:
    context = _context(session, rows, {row.worker_id for row in rows}, positions)
    return [_view(row, context) for row in rows]


@dataclass(frozen=True)
class _Context:
    """What is shown of a run and stands in other tables; all by id."""

    experiments: Mapping[int, str]
    workers: Mapping[int, str]
    data: Mapping[int, RunData]
    positions: Mapping[int, int]
    now: datetime


def _context(
    session: Session,
    rows: Sequence[RunRow],
    worker_ids: Iterable[int | None],
    positions: Mapping[int, int] = MappingProxyType({}),
) -> _Context:
    return _Context(
        experiments=_names(session, ExperimentTable, {row.experiment_id for row in rows}),
        workers=_names(session, WorkerTable, worker_ids),
        data=versions.of_runs(session, rows),
        positions=positions,
        now=utc_now(),
    )


def _view(row: RunRow, context: _Context) -> Run:
    run = _run(
        row,
        context.experiments.get(row.experiment_id) if row.experiment_id else None,
        context.workers.get(row.worker_id) if row.worker_id else None,
        context.data.get(row.id),
        context.positions.get(row.id),
    )
    eta_seconds = None if run.spec is None else _eta_seconds(row, run.spec, context.now)
    return run if eta_seconds is None else run.model_copy(update={"eta_seconds": eta_seconds})


@lru_cache(RUNS)
def _run(row: RunRow, experiment: str | None, worker: str | None, data: RunData | None, position: int | None) -> Run:
    """Return the view without what depends on the time. Not to be changed: it is shared."""
    read = _stored_spec(row)
    spec = None if read is None else read.spec
    problem = None if read is None else read.problem
    return Run(
        id=row.id,
        name=row.name,
        kind=row.kind,
        config=stored.parsed(row.config) if spec is None or problem is not None else None,
        status=row.status,
        reason=row.reason,
        stalled=row.stalled,
        priority=Priority.of_rank(row.priority),
        activity=row.activity,
        stop_requested=row.stop_as is not None,
        stop_as=row.stop_as,
        spec=spec,
        spec_problem=problem,
        data=data,
        attempt=row.attempt,
        epoch=row.epoch,
        epochs=None if spec is None else spec.epochs,
        progress=None if spec is None else min(1.0, (row.epoch + row.epoch_share) / max(1, spec.epochs)),
        eta_seconds=None,
        queue_position=position,
        best=_best(row, spec),
        worker=worker,
        # Of the worker's slot: an earlier state has the newest one.
        device=row.device if row.worker_id else None,
        tags=list(row.tags),
        note=row.note,
        archived=row.archived,
        experiment=None
        if row.experiment_id is None or experiment is None
        else ExperimentRef(id=row.experiment_id, name=experiment),
        created_at=row.created_at,
        started_at=row.started_at,
        trained_seconds=row.trained_seconds,
        finished_at=row.finished_at,
        network=None if row.network is None else _network(row.network),
        summary=None if row.summary is None else stored.parsed(row.summary) or None,
        external_id=row.external_id,
        lost_contact=row.lost_contact,
        dropped=row.dropped_before + row.dropped,
    )


@lru_cache(NETWORKS)
def _network(text: str) -> RunNetwork | None:
    return readable(RunNetwork, text)


def _stored_spec(row: RunRow) -> StoredSpec | None:
    if row.kind != RunKind.LAB:
        return None
    return stored.read_json(row.config, row.config_version, row.model, row.dataset)


def _best(row: RunRow, spec: RunSpec | None) -> Best | None:
    if row.best_value is None or row.best_epoch is None:
        return None
    # Lab runs stored by old versions have no key.
    key = row.best_key or (spec and planned_metric(spec.val_fraction))
    selected_on = SELECTED_ON.get(key) if key else None
    if key is None or selected_on is None:
        return None
    return Best(key=key, value=row.best_value, epoch=row.best_epoch, selected_on=selected_on)


def _eta_seconds(row: RunRow, spec: RunSpec, now: datetime) -> float | None:
    """Seconds left, from the pace of the current attempt; None before there is one."""
    if row.status != Status.RUNNING or row.paced_from is None:
        return None
    position = row.epoch + row.epoch_share
    done = position - row.paced_from_epoch
    if done < MIN_PACED_EPOCHS:
        return None
    # A wall clock that is set back would make it negative.
    return max(0.0, (now - row.paced_from).total_seconds()) / done * (spec.epochs - position)


def _names(
    session: Session, table: type[ExperimentTable] | type[WorkerTable], ids: Iterable[int | None]
) -> dict[int, str]:
    wanted = [id for id in ids if id is not None]
    if not wanted:
        return {}
    rows = session.exec(select(table.id, table.name).where(col(table.id).in_(wanted))).all()
    return {id: name for id, name in rows if id is not None}
