"""Telemetry of one run, for the routes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from backend.db import artifacts, telemetry, versions
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.errors import NotFound
from backend.runs.lookup import get_run
from backend.snapshot import Snapshot, snapshot
from backend.telemetry.most_confused import OTHERS, reduced
from backend.telemetry.schemas import (
    ArtifactList,
    ConfusionAnswer,
    Environment,
    LayerList,
    MistakeList,
    SystemList,
)
from skiplab.contract import places
from skiplab.contract.telemetry import Artifact, LayerStat, LogLine, LogPage, Mistake, SystemSample

Answer = TypeVar("Answer", bound=BaseModel)


def layers(database: Database, run_id: int, since_epoch: int | None) -> Snapshot[LayerList]:
    """Return layer statistics. Raises NotFound, as all functions here."""
    with database.read() as session:
        get_run(session, run_id)
        rows = telemetry.layers(session, run_id, since_epoch=since_epoch)
        return snapshot(session, LayerList(items=[_as(LayerStat, row) for row in rows]))


def confusion(
    database: Database, run_id: int, epoch: int | None, *, most: int | None = None
) -> Snapshot[ConfusionAnswer]:
    """Return a confusion matrix. `most`: reduce it to the most confused classes and combine the others."""
    with database.read() as session:
        run = get_run(session, run_id)
        row = telemetry.confusion(session, run_id, epoch)
        if row is None:
            raise NotFound(f"Run {run_id} has no confusion matrix" + (f" at epoch {epoch}." if epoch else " yet."))
        shown = None
        counts = row.counts
        if most is not None and most < len(counts):
            counts, shown = reduced(counts, most)
        answer = ConfusionAnswer(
            epoch=row.epoch,
            counts=counts,
            epochs=telemetry.confusion_epochs(session, run_id),
            classes=_classes(session, run, row.counts),
            total=len(row.counts),
            shown=shown,
        )
        if shown is not None:
            names = answer.classes or [*map(str, range(answer.total))]
            answer.classes = [*(names[place] for place in shown), OTHERS]
        return snapshot(session, answer)


def mistakes(database: Database, run_id: int) -> MistakeList:
    with database.read() as session:
        run = get_run(session, run_id)
        row = telemetry.confusion(session, run_id)
        if row is None:
            raise NotFound(f"Run {run_id} has not been tested yet.")
        items = [Mistake.model_validate(mistake) for mistake in row.mistakes or []]
        data = versions.of_runs(session, [run]).get(run_id)
        return MistakeList(epoch=row.epoch, classes=_classes(session, run, row.counts), data=data, items=items)


def system(database: Database, run_id: int, *, newest: int | None = None) -> SystemList:
    with database.read() as session:
        get_run(session, run_id)
        rows = telemetry.system(session, run_id, newest=newest)
        return SystemList(items=[_as(SystemSample, row) for row in rows])


def log(database: Database, run_id: int, *, after: int | None, limit: int) -> LogPage:
    """Return a page of the log; without `after` the last lines."""
    with database.read() as session:
        get_run(session, run_id)
        if after is None:
            rows = telemetry.log_tail(session, run_id, limit=limit)
            more = False
        else:
            rows = telemetry.log(session, run_id, after=after, limit=limit + 1)
            more = len(rows) > limit
        shown = rows[:limit]
        return LogPage(items=[_as(LogLine, row) for row in shown], next_after=shown[-1].id if more else None)


def environment(database: Database, run_id: int) -> Environment:
    with database.read() as session:
        return Environment(environment=get_run(session, run_id).environment)


def files(database: Database, run_id: int) -> ArtifactList:
    with database.read() as session:
        get_run(session, run_id)
        return ArtifactList(items=[_as(Artifact, row) for row in artifacts.of_run(session, run_id)])


def file(database: Database, home: Path, run_id: int, path: str) -> Path:
    """Return the file of an artifact with exactly this path; no other path is served. Raises NotFound."""
    with database.read() as session:
        get_run(session, run_id)
        recorded = {row.path for row in artifacts.of_run(session, run_id)}
    try:
        if path in recorded:
            return places.file_of_run(home, path)
    except FileNotFoundError:
        pass
    raise NotFound(f"Run {run_id} has no file {path!r}.")


def _as(kind: type[Answer], row: BaseModel) -> Answer:
    return kind.model_validate(row.model_dump())


def _classes(session: Session, run: RunTable, counts: Sequence[object]) -> list[str] | None:
    """Class names of the run's data version; None if their number does not match."""
    (found,) = versions.classes_of(session, [run]).values()
    return found if found is not None and len(found) == len(counts) else None
