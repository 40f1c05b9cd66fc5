"""Runs of clients, from requests to rows and back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar

from backend.db import client_runs, metrics, run_views
from backend.db.client_runs import Batch, HolderLost, NewRun, NoSuchRun, NotLogged, ObjectTooLarge, TooManyKeys
from backend.db.column_types import utc_now
from backend.db.database import Database, Session
from backend.db.metrics import NewSeries
from backend.db.tables import RunTable
from backend.errors import Conflict, Invalid, NotFound, Problem
from skiplab.contract.config import RunKind
from skiplab.contract.ingest import (
    Columns,
    ExternalRun,
    Finish,
    HeldRun,
    LoggedLine,
    Points,
    QuantityDeclaration,
    Stored,
)
from skiplab.contract.ingest_limits import MOST_KEYS_OF_RUN, MOST_OBJECT_BYTES
from skiplab.contract.lifecycle import Status
from skiplab.contract.quantities import Quantity
from skiplab.contract.run import Run

LEVELS = {"stdout": "info", "stderr": "stderr"}
"""Stream of a printed line to the level of a log line. Progress bars are written to stderr: it is no warning."""


class HolderGone(Conflict):
    type: ClassVar[str] = "holder_lost"


class TooManyOpenRuns(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    type: ClassVar[str] = "too_many_open_runs"


class RunExists(Conflict):
    type: ClassVar[str] = "run_exists"


class NothingToResume(NotFound):
    type: ClassVar[str] = "nothing_to_resume"


def begin(database: Database, new: ExternalRun, *, opened_by: str | None, most_open: int) -> tuple[HeldRun, bool]:
    """Start a run, or resume one by its external id; return it, and whether it is new.

    `opened_by`: name of the caller's token, which may have `most_open` runs open. Raises RunExists, NothingToResume,
    TooManyOpenRuns, Invalid.
    """
    with problems_of(), database.write() as session:
        row = None if new.external_id is None else client_runs.named(session, new.external_id)
        if row is not None and new.resume == "never":
            raise RunExists(
                f"Run {row.id} has the external_id {new.external_id!r}: continue it with `resume: allow`, or choose"
                " another id."
            )
        if row is None and new.resume == "must":
            raise NothingToResume(f"There is no run with the external_id {new.external_id!r} to resume.")
        if (row is None or row.status != Status.RUNNING) and client_runs.count_open(session, opened_by) >= most_open:
            raise TooManyOpenRuns(
                f"{most_open:,} runs of this token are open, the most that SKIPLAB_MAX_OPEN_RUNS allows: finish or"
                " cancel some of them."
            )
        is_new = row is None
        if row is None:
            row = client_runs.begin(session, _new_run(new, opened_by))
        else:
            client_runs.take_over(session, row, opened_by=opened_by)
        return _held(session, row), is_new


def store(database: Database, run_id: int, points: Points) -> Stored:
    """Store a batch of points. Raises NotFound, Conflict, HolderGone, Invalid."""
    batch = _batch(points)
    with problems_of(run_id, points.holder), database.write() as session:
        seq, stop = client_runs.store(session, run_id, points.holder, batch)
        return Stored(seq=seq, stop=stop)


def finish(database: Database, run_id: int, wanted: Finish) -> Run:
    """End a run. Raises NotFound, Conflict, HolderGone."""
    with problems_of(run_id, wanted.holder), database.write() as session:
        row = client_runs.finish(session, run_id, wanted.holder, Status(wanted.status), wanted.reason or None)
        return run_views.view(session, row)


@contextmanager
def problems_of(run_id: int = 0, holder: int = 0) -> Iterator[None]:
    """Answer the database's refusals in words."""
    try:
        yield
    except NoSuchRun:
        raise NotFound(f"There is no run {run_id}.") from None
    except NotLogged as error:
        whose = "its worker starts and ends it" if error.kind == RunKind.SCRIPT else "no client logs it"
        raise Conflict(f"Run {run_id} is of kind {error.kind}: {whose}.") from None
    except HolderLost as lost:
        why = f"is {lost.status}" if lost.attempt == holder else f"is held by holder {lost.attempt}"
        raise HolderGone(f"Run {run_id} {why}: nothing more is stored from holder {holder}.") from None
    except TooManyKeys as error:
        message = f"the run would have {error.count:,} keys; at most {MOST_KEYS_OF_RUN:,} are allowed"
        raise Invalid.of("series", error.count, message) from None
    except ObjectTooLarge as error:
        message = f"has {error.size:,} bytes as JSON; at most {MOST_OBJECT_BYTES:,} are allowed"
        raise Invalid.of(error.name, error.size, message) from None


def _new_run(new: ExternalRun, opened_by: str | None) -> NewRun:
    return NewRun(
        name=new.name,
        config=new.config,
        tags=new.tags,
        note=new.note,
        experiment=new.experiment,
        external_id=new.external_id,
        opened_by=opened_by,
    )


def _held(session: Session, row: RunTable) -> HeldRun:
    assert row.id is not None
    run = run_views.view(session, row)
    return HeldRun(run=run, holder=row.attempt, last_step=metrics.last_step(session, row.id), seq=row.seq)


def _batch(points: Points) -> Batch:
    now = utc_now()
    return Batch(
        seq=points.seq,
        series=[_series(key, columns, now) for key, columns in points.series.items()],
        lines=[_line(each) for each in points.log],
        config=points.config,
        summary=points.summary,
        quantities=[_quantity(each) for each in points.quantities],
        dropped=points.dropped,
    )


def _series(key: str, columns: Columns, now: datetime) -> NewSeries:
    count = len(columns.step)
    return NewSeries(
        key=key,
        step=columns.step,
        epoch=[0] * count if columns.epoch is None else columns.epoch,
        time=[_microseconds(now.timestamp())] * count if columns.time is None else _all_microseconds(columns.time),
        value=list(map(float, columns.value)),
    )


def _all_microseconds(times: Sequence[float]) -> list[int]:
    return list(map(_microseconds, times))


def _microseconds(time: float) -> int:
    return round(time * 1e6)


def _line(line: LoggedLine) -> tuple[datetime, str, str]:
    return datetime.fromtimestamp(line.time, UTC), LEVELS[line.stream], line.text


def _quantity(declared: QuantityDeclaration) -> Quantity:
    title = declared.title or declared.key
    return Quantity(key=declared.key, title=title, unit=declared.unit, better=declared.better, lowest=None)
