"""Runs that a client trains and logs over HTTP. It holds its run as a worker does, by an attempt: a later holder or the
end of the run fences it. No worker ever takes such a run, and nothing queues it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from backend.db import events, experiments, metrics, quantities, records, runs, submissions
from backend.db.column_types import from_microseconds
from backend.db.dialects import core
from backend.db.metrics import NewSeries
from backend.db.prepared import Prepared
from backend.db.tables import RunTable, utc_now
from skiplab.contract.config import RunKind
from skiplab.contract.events import PointsEvent
from skiplab.contract.ingest_limits import MOST_KEYS_OF_RUN, MOST_OBJECT_BYTES
from skiplab.contract.lifecycle import Status
from skiplab.contract.quantities import Quantity

LOGGED = frozenset({RunKind.EXTERNAL, RunKind.SCRIPT})
"""Kinds of runs whose points come over HTTP. A script is started and ended by its worker."""


class NoSuchRun(Exception):
    """There is no run with this id."""


class NotLogged(Exception):
    """The run is of a kind that no client logs, or ends."""

    def __init__(self, kind: RunKind) -> None:
        super().__init__(kind)
        self.kind = kind


class HolderLost(Exception):
    """The run has ended, or another holder has it."""

    def __init__(self, status: Status, attempt: int) -> None:
        super().__init__(status, attempt)
        self.status, self.attempt = status, attempt


class TooManyKeys(Exception):
    """The run would have more than MOST_KEYS_OF_RUN keys."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class ObjectTooLarge(Exception):
    """The run's config or summary would have more than MOST_OBJECT_BYTES."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, size)
        self.name, self.size = name, size


@dataclass(frozen=True)
class NewRun:
    """A run that a client starts."""

    name: str | None
    config: Mapping[str, Any]
    tags: Sequence[str] = ()
    note: str = ""
    experiment: str | None = None
    external_id: str | None = None
    opened_by: str | None = None


@dataclass(frozen=True)
class Batch:
    """What one request stores. `seq` 0: only that the client is there."""

    seq: int
    series: Sequence[NewSeries] = ()
    lines: Sequence[tuple[datetime, str, str]] = ()  # time, level, text
    config: Mapping[str, Any] | None = None
    summary: Mapping[str, Any] | None = None
    quantities: Sequence[Quantity] = ()
    dropped: int = 0


class Kept(NamedTuple):
    """The last batch that is stored of this holder, and the status that a user has requested."""

    seq: int
    stop: Status | None


def begin(session: Session, new: NewRun) -> RunTable:
    """Store a run that is running from now on, and publish it. Raises ObjectTooLarge."""
    config = _checked("config", new.config)
    experiment = None if new.experiment is None else experiments.named(session, new.experiment)
    row = RunTable(
        name=new.name or "",
        kind=RunKind.EXTERNAL,
        config=config,
        tags=list(new.tags),
        note=new.note,
        experiment_id=None if experiment is None else experiment.id,
        external_id=new.external_id,
        opened_by=new.opened_by,
        status=Status.RUNNING,
        attempt=1,
        started_at=utc_now(),
    )
    submissions.store(session, [row], cause="started by a client")
    # Events store no names: listeners read this one.
    row.name = row.name or f"run-{row.id}"
    return row


def named(session: Session, external_id: str) -> RunTable | None:
    """Return the run that its client has given this id."""
    return session.exec(select(RunTable).where(RunTable.external_id == external_id)).one_or_none()


def take_over(session: Session, row: RunTable, *, opened_by: str | None) -> None:
    """Give the run to a new holder, whatever its status. The holder before, if there is one, is fenced from now on."""
    row.status, row.reason, row.stop_as = Status.RUNNING, None, None
    row.attempt += 1
    row.lease += 1
    row.seq, row.opened_by = 0, opened_by
    row.dropped_before, row.dropped = row.dropped_before + row.dropped, 0
    row.lost_contact = row.finished_at = None
    runs.record(session, row, "resumed by a client")
    runs.publish(session, [row])


def count_open(session: Session, opened_by: str | None) -> int:
    """Count the runs that this token has opened and that have not ended."""
    is_open = (RunTable.status == Status.RUNNING, RunTable.kind == RunKind.EXTERNAL)
    of_token = col(RunTable.opened_by).is_(None) if opened_by is None else col(RunTable.opened_by) == opened_by
    return session.exec(select(func.count()).where(*is_open, of_token)).one()


def store(session: Session, run_id: int, holder: int, batch: Batch) -> Kept:
    """Store a batch once: one with a number that was stored before changes nothing.

    Raises NoSuchRun, NotLogged, HolderLost, TooManyKeys, ObjectTooLarge.
    """
    state = _state(session, run_id)
    is_repeated = state.attempt == holder and 0 < batch.seq <= state.seq
    if not is_repeated and not state.is_held_by(holder):
        raise HolderLost(state.status, state.attempt)
    if state.status != Status.RUNNING:
        return Kept(state.seq, None)
    changes = {"lease": state.lease + 1, "lost_contact": None}
    if not is_repeated:
        changes |= _keep(session, run_id, state, batch)
    _UPDATE.execute(session.connection(), [{"of_run": run_id, **changes}])
    if state.lost_contact is not None or changes.keys() & SHOWN:
        runs.publish(session, [session.get_one(RunTable, run_id)], passing=True)
    return Kept(max(state.seq, batch.seq), state.stop_as)


def check_held(session: Session, run_id: int, holder: int) -> None:
    """Check that the client still holds the run. Raises NoSuchRun, NotLogged, HolderLost."""
    state = _state(session, run_id)
    if not state.is_held_by(holder):
        raise HolderLost(state.status, state.attempt)


def finish(session: Session, run_id: int, holder: int, status: Status, reason: str | None) -> RunTable:
    """End a run; the same request again changes nothing. Raises NoSuchRun, NotLogged, HolderLost."""
    state = _state(session, run_id)
    if state.kind != RunKind.EXTERNAL:
        raise NotLogged(state.kind)
    row = session.get_one(RunTable, run_id)
    if (state.attempt, state.status) == (holder, status):
        return row
    if not state.is_held_by(holder):
        raise HolderLost(state.status, state.attempt)
    runs.end(session, row, status, reason, cause=reason or f"{status}, says its client")
    runs.publish(session, [row])
    return row


def calls(session: Session) -> dict[tuple[int, int], int]:
    """Return how often the client of each open run has called, by run and holder; without those that lost contact."""
    is_open = (_RUN.c.status == Status.RUNNING, _RUN.c.kind == RunKind.EXTERNAL, _RUN.c.lost_contact.is_(None))
    found = session.connection().execute(sqlalchemy.select(_RUN.c.id, _RUN.c.attempt, _RUN.c.lease).where(*is_open))
    return {(row.id, row.attempt): row.lease for row in found}


def lose_contact(session: Session, run_id: int, holder: int, *, calls: int, seconds: float) -> bool:
    """Mark a run whose client has not called for so long; if a stop was requested, end it as requested.

    Returns False if the client has called since, or the run has ended.
    """
    row = session.get(RunTable, run_id)
    if row is None or (row.attempt, row.status, row.lease) != (holder, Status.RUNNING, calls):
        return False
    row.lost_contact = utc_now() - timedelta(seconds=seconds)
    if row.stop_as is not None:
        end_without_client(session, row, row.stop_as)
    else:
        runs.publish(session, [row])
    return True


def end_without_client(session: Session, row: RunTable, status: Status) -> None:
    """End a run whose client does not call. Should it come back, it is fenced."""
    runs.end(session, row, status, f"{status} after its client lost contact")
    runs.publish(session, [row])


class _State(NamedTuple):
    """What a request needs to know of its run; not the whole row."""

    kind: RunKind
    status: Status
    attempt: int
    lease: int
    seq: int
    stop_as: Status | None
    lost_contact: datetime | None
    epoch: int
    dropped: int

    def is_held_by(self, holder: int) -> bool:
        return self.attempt == holder and self.status == Status.RUNNING


def _state(session: Session, run_id: int) -> _State:
    """Return the state of a run that a client logs. Raises NoSuchRun, NotLogged."""
    found = session.connection().execute(_SELECT, {"of_run": run_id}).one_or_none()
    if found is None:
        raise NoSuchRun(run_id)
    kind, status, *others = found
    state = _State(RunKind(kind), Status(status), *others)
    if state.kind not in LOGGED:
        raise NotLogged(state.kind)
    return state


def _keep(session: Session, run_id: int, state: _State, batch: Batch) -> dict[str, Any]:
    """Store the content of a batch; return the columns of the run that it changes."""
    if batch.lines:
        records.log(session, run_id, state.attempt, batch.lines)
    if batch.quantities:
        quantities.declare(session, batch.quantities)
    if any(each.step for each in batch.series):
        _keep_points(session, run_id, batch.series)
    changes = _merged(session, run_id, {"config": batch.config, "summary": batch.summary})
    epoch = max((max(each.epoch, default=0) for each in batch.series), default=0)
    return changes | _larger(state, seq=batch.seq, epoch=epoch, dropped=batch.dropped)


def _keep_points(session: Session, run_id: int, series: Sequence[NewSeries]) -> None:
    """Store points with their event. Raises TooManyKeys."""
    new = metrics.new_keys(session, run_id, [each.key for each in series])
    if new and (count := metrics.count_keys(session, run_id) + len(new)) > MOST_KEYS_OF_RUN:
        raise TooManyKeys(count)
    metrics.store_series(session, run_id, series)
    event = PointsEvent(
        run=run_id,
        step=min(min(each.step) for each in series if each.step),
        time=from_microseconds(max(max(each.time) for each in series if each.step)),
        new_keys=new,
    )
    # Without new keys the next event says all that this one does.
    events.append(session, event, run_id=run_id, subject=None if new else run_id)


def _merged(session: Session, run_id: int, given: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any]:
    """Return the columns that are given, merged with what they hold. Raises ObjectTooLarge."""
    if not any(given.values()):
        return {}
    held = session.connection().execute(_SELECT_OBJECTS, {"of_run": run_id}).mappings().one()
    return {name: _checked(name, {**(held[name] or {}), **more}) for name, more in given.items() if more}


def _checked(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object. Raises ObjectTooLarge."""
    if (size := len(json.dumps(value))) > MOST_OBJECT_BYTES:
        raise ObjectTooLarge(name, size)
    return dict(value)


def _larger(state: _State, **given: int) -> dict[str, int]:
    """Return the numbers that have grown."""
    return {name: number for name, number in given.items() if number > getattr(state, name)}


SHOWN = frozenset({"epoch", "config", "summary", "dropped"})
"""Columns whose change is published."""

# Composed once: composing a statement takes longer than executing it.
_RUN = core(RunTable)
_SELECT = sqlalchemy.select(*(_RUN.c[name] for name in _State._fields)).where(_RUN.c.id == bindparam("of_run"))
_SELECT_OBJECTS = sqlalchemy.select(_RUN.c.config, _RUN.c.summary).where(_RUN.c.id == bindparam("of_run"))
_UPDATE = Prepared(lambda _: _RUN.update().where(_RUN.c.id == bindparam("of_run")))
