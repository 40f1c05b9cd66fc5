"""Queries on runs, and the one place that turns a row into what the rest of the lab sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import SQLColumnExpression, func, or_, tuple_, update
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db import events, versions, waiting
from backend.db.json_texts import json_texts
from backend.db.readable import readable
from backend.db.tables import CounterTable, ExperimentTable, RunTable, TransitionTable, WorkerTable, utc_now
from skiplab.contract.best import planned_metric
from skiplab.contract.catalog import RunData
from skiplab.contract.events import RemovedEvent
from skiplab.contract.lifecycle import ENDED, Priority, Status, may_move
from skiplab.contract.metrics import Metric
from skiplab.contract.run import Best, ExperimentRef, Run, RunNetwork
from skiplab.contract.spec import RunSpec

MIN_PACED_EPOCHS = 0.02
"""Below this share of an epoch a pace would be a guess."""


class NoSuchEdge(Exception):
    """A page was to begin after a run that is not there any more, and so has no place in that order."""


class IllegalMove(Exception):
    """A run was to go to a status that its present one does not lead to."""


@dataclass(frozen=True)
class Submission:
    spec: RunSpec
    name: str
    tags: Sequence[str] = ()
    experiment_id: int | None = None
    priority: Priority = Priority.NORMAL


def add(session: Session, spec: RunSpec, *, name: str) -> RunTable:
    """Store a run as queued and tell the stream."""
    (row,) = add_all(session, [Submission(spec, name)])
    return row


def add_all(session: Session, new: Sequence[Submission]) -> list[RunTable]:
    """Store runs as queued, in this order, and tell the stream."""
    first = _new_ids(session, len(new))
    current = versions.current(session, {each.spec.dataset for each in new})
    rows = [
        RunTable(
            id=run_id,
            name=each.name,
            model=each.spec.model,
            dataset=each.spec.dataset,
            spec=each.spec.model_dump(mode="json"),
            tags=list(each.tags),
            experiment_id=each.experiment_id,
            data_version_id=current.get(each.spec.dataset),
            priority=each.priority.rank,
        )
        for run_id, each in enumerate(new, start=first)
    ]
    session.add_all(rows)
    session.flush()
    session.add_all([_transition(row, "submitted") for row in rows])
    for run in _views(session, rows, positions={}):
        events.append(session, run, run_id=run.id)
    return rows


def _new_ids(session: Session, count: int) -> int:
    """The first of so many ids in a row that no run has had."""
    of_runs = col(CounterTable.name) == RunTable.__tablename__
    drawn = update(CounterTable).where(of_runs).values(last=CounterTable.last + count)
    last: int = session.execute(drawn.returning(col(CounterTable.last))).scalar_one()
    return last - count + 1


def get(session: Session, run_id: int) -> RunTable | None:
    return session.get(RunTable, run_id)


def tell(session: Session, row: RunTable, *, passing: bool = False) -> None:
    """Write the run's present state to the outbox, in the transaction of the change.

    Without its place in the queue: that changes for all that wait behind it as well, and is asked for.
    """
    session.flush()
    (run,) = _views(session, [row], positions={})
    events.append(session, run, run_id=row.id, passing=passing)


def end(session: Session, row: RunTable, status: Status, reason: str | None, *, cause: str | None = None) -> None:
    """Let go of a run: it is `status` now and no worker holds it. `cause` is for the history, where `reason`, which
    says why the run is as it is, has nothing to say."""
    if not may_move(Status(row.status), status):
        raise IllegalMove(f"run {row.id} cannot go from {row.status} to {status}")
    row.status, row.reason = status, reason
    row.activity, row.stop_as, row.stalled = None, None, None
    row.slot = None
    record(session, row, cause or reason or status)
    if status not in ENDED:
        row.worker_id = row.device = None
    row.finished_at = utc_now() if status in ENDED else None


def record(session: Session, row: RunTable, cause: str) -> None:
    """Keep that the run is in another status now, and why."""
    session.add(_transition(row, cause))


def history(session: Session, run_id: int) -> Sequence[TransitionTable]:
    """Oldest first."""
    query = select(TransitionTable).where(TransitionTable.run_id == run_id)
    return session.exec(query.order_by(col(TransitionTable.id))).all()


def view(session: Session, row: RunTable) -> Run:
    return views(session, [row])[0]


def views(session: Session, rows: Sequence[RunTable]) -> list[Run]:
    """Rows as everyone sees them; a fixed number of queries however many there are."""
    return _views(session, rows, waiting.places(session, [row.id for row in rows if row.status == Status.QUEUED]))


def _views(session: Session, rows: Sequence[RunTable], positions: Mapping[int, int]) -> list[Run]:
    experiments = _names(session, ExperimentTable, {row.experiment_id for row in rows})
    workers = _names(session, WorkerTable, {row.worker_id for row in rows})
    data = versions.of_runs(session, rows)
    now = utc_now()
    return [_view(row, experiments, workers, positions, data, now) for row in rows]


def delete(session: Session, row: RunTable) -> None:
    """Remove a run with everything that was recorded of it, and tell the stream."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table.name == RunTable.__tablename__:
                session.execute(table.delete().where(key.parent == row.id))
    assert row.id is not None
    events.append(session, RemovedEvent(run=row.id), run_id=row.id)
    session.delete(row)


def count_by_status(session: Session) -> dict[Status, int]:
    """Only those that there are."""
    counted = session.exec(select(RunTable.status, func.count()).group_by(RunTable.status)).all()
    return {Status(status): count for status, count in counted}


def count_stalled(session: Session) -> int:
    return session.exec(select(func.count()).where(col(RunTable.stalled).is_not(None))).one()


def running(session: Session) -> Sequence[RunTable]:
    return session.exec(select(RunTable).where(RunTable.status == Status.RUNNING)).all()


def search(
    *,
    status: Sequence[Status] = (),
    model: str | None = None,
    dataset: str | None = None,
    experiment: int | None = None,
    tag: str | None = None,
    text: str | None = None,
    archived: bool | None = None,
) -> SelectOfScalar[RunTable]:
    """The runs that fit all the filters given."""
    query = select(RunTable)
    if archived is not None:
        query = query.where(RunTable.archived == archived)
    if status:
        query = query.where(col(RunTable.status).in_(status))
    if model:
        query = query.where(RunTable.model == model)
    if dataset:
        query = query.where(RunTable.dataset == dataset)
    if experiment is not None:
        query = query.where(RunTable.experiment_id == experiment)
    if tag:
        each = json_texts(col(RunTable.tags)).table_valued("value")
        query = query.where(select(each.c.value).where(each.c.value == tag).exists())
    if text:
        contains = [
            col(field).icontains(text, autoescape=True) for field in (RunTable.name, RunTable.note, RunTable.model)
        ]
        query = query.where(or_(*contains))
    return query


def count(session: Session, query: SelectOfScalar[RunTable]) -> int:
    return session.exec(select(func.count()).select_from(query.subquery())).one()


SORTS: dict[str, SQLColumnExpression[Any]] = {
    "id": col(RunTable.id),
    "name": func.lower(RunTable.name),
    "status": col(RunTable.status),
    "model": col(RunTable.model),
    "best": col(RunTable.best_value),
}
"""What lists can be sorted by. Runs without a value come last in either direction."""

BEYOND_ALL_VALUES = 1e300
"""Stands for a missing number: a page can begin after it, as it could not after null."""


def page(
    session: Session, query: SelectOfScalar[RunTable], *, sort: str, after_id: int | None, limit: int
) -> Sequence[RunTable]:
    """The next `limit` rows after run `after_id` in the order of `sort` (`-name` for descending), ties by id.

    In the order of ids that run may have been deleted meanwhile; in another one raises NoSuchEdge then.
    """
    by, descending = sort.removeprefix("-"), sort.startswith("-")
    key = SORTS[by]
    if by == "best":
        key = func.coalesce(key, -BEYOND_ALL_VALUES if descending else BEYOND_ALL_VALUES)
    if after_id is not None and by == "id":
        query = query.where(key < after_id if descending else key > after_id)
    elif after_id is not None:
        if get(session, after_id) is None:
            raise NoSuchEdge(after_id)
        edge = select(key, RunTable.id).where(RunTable.id == after_id).subquery()
        bound, order = select(*edge.c).scalar_subquery(), tuple_(key, col(RunTable.id))
        query = query.where(order < bound if descending else order > bound)
    columns = (key, col(RunTable.id))
    return session.exec(query.order_by(*(c.desc() if descending else c for c in columns)).limit(limit)).all()


def _transition(row: RunTable, cause: str) -> TransitionTable:
    assert row.id is not None
    return TransitionTable(
        run_id=row.id,
        status=row.status,
        cause=cause,
        attempt=row.attempt,
        epoch=row.epoch,
        worker_id=row.worker_id,
    )


def _view(
    row: RunTable,
    experiments: dict[int, str],
    workers: dict[int, str],
    positions: Mapping[int, int],
    data: Mapping[int, RunData],
    now: datetime,
) -> Run:
    stored = row.stored_spec
    spec = stored.spec
    assert row.id is not None
    return Run(
        id=row.id,
        name=row.name,
        status=row.status,
        reason=row.reason,
        stalled=row.stalled,
        priority=Priority.of_rank(row.priority),
        activity=row.activity,
        stop_requested=row.stop_requested,
        stop_as=row.stop_as,
        spec=spec,
        spec_problem=stored.problem,
        data=data.get(row.id),
        attempt=row.attempt,
        epoch=row.epoch,
        epochs=spec.epochs,
        progress=min(1.0, (row.epoch + row.epoch_share) / max(1, spec.epochs)),
        eta_seconds=_eta_seconds(row, spec, now),
        queue_position=positions.get(row.id),
        best=_best(row, spec),
        worker=workers.get(row.worker_id) if row.worker_id else None,
        device=row.device,
        tags=row.tags,
        note=row.note,
        archived=row.archived,
        experiment=ExperimentRef(id=row.experiment_id, name=experiments[row.experiment_id])
        if row.experiment_id
        else None,
        created_at=row.created_at,
        started_at=row.started_at,
        trained_seconds=row.trained_seconds,
        finished_at=row.finished_at,
        network=readable(RunNetwork, row.network),
    )


def _best(row: RunTable, spec: RunSpec) -> Best | None:
    if row.best_value is None or row.best_epoch is None:
        return None
    key = Metric(row.best_key) if row.best_key else planned_metric(spec.val_fraction)
    selected_on: Literal["val", "test"] = "val" if key == Metric.VAL_ACCURACY else "test"
    return Best(key=key, value=row.best_value, epoch=row.best_epoch, selected_on=selected_on)


def _eta_seconds(row: RunTable, spec: RunSpec, now: datetime) -> float | None:
    """From the pace of this attempt alone: the epochs it did by the time they took."""
    if row.status != Status.RUNNING or row.paced_from is None:
        return None
    position = row.epoch + row.epoch_share
    done = position - row.paced_from_epoch
    if done < MIN_PACED_EPOCHS:
        return None
    # A wall clock that was set back would make it negative.
    return max(0.0, (now - row.paced_from).total_seconds()) / done * (spec.epochs - position)


def _names(
    session: Session, table: type[ExperimentTable] | type[WorkerTable], ids: Iterable[int | None]
) -> dict[int, str]:
    wanted = [id for id in ids if id is not None]
    if not wanted:
        return {}
    rows = session.exec(select(table.id, table.name).where(col(table.id).in_(wanted))).all()
    return {id: name for id, name in rows if id is not None}
