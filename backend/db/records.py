"""Writes of a training attempt. Every function first checks that the attempt still holds the run: raises Fenced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from backend.db import artifacts, events, metrics, run_states, runs, versions
from backend.db.artifacts import NewArtifact
from backend.db.attempts import Fenced, held, held_by, trained_seconds
from backend.db.dialects import core, upsert
from backend.db.metrics import Point
from backend.db.prepared import Prepared, PreparedRow
from backend.db.run_states import State
from backend.db.tables import ConfusionTable, LayerTable, LogTable, RunTable, SystemTable, utc_now
from skiplab.contract.best import best_metric, is_better
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.events import LogEvent, MetricsEvent
from skiplab.contract.metrics import STEP_LOSS, Metric
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import NOT_SETTINGS
from skiplab.contract.telemetry import LayerStat, Mistake, SystemSample

MOST_SEARCHED = 50
"""Newest runs of a network on a data set among which one with the same settings is searched."""


@dataclass(frozen=True)
class EpochRecord:
    """The results of one finished epoch. `losses`: (step, loss), sampled inside the epoch."""

    epoch: int
    step: int
    values: Mapping[str, float]  # by key
    losses: Sequence[tuple[int, float]] = ()
    layers: Sequence[LayerStat] = ()
    confusion: list[list[int]] | None = None
    mistakes: Sequence[Mistake] = ()
    artifacts: Sequence[NewArtifact] = field(default_factory=tuple)


def activity(session: Session, run_id: int, attempt: int, text: str) -> None:
    """Publish what the run is doing besides training."""
    row = held(session, run_id, attempt)
    row.activity = text
    runs.publish(session, [row], passing=True)


def environment(session: Session, run_id: int, attempt: int, facts: dict[str, Any]) -> None:
    """Store the attempt's environment."""
    held(session, run_id, attempt).environment = facts


def kept_environment(session: Session, run_id: int, attempt: int) -> dict[str, Any] | None:
    return held(session, run_id, attempt).environment


def twin(session: Session, run_id: int, attempt: int) -> tuple[int, dict[str, Any]] | None:
    """Return id and environment of the newest other run that differs only in its seed; None without one."""
    row = held(session, run_id, attempt)
    others = (
        select(RunTable)
        .where(RunTable.model == row.model, RunTable.dataset == row.dataset, col(RunTable.id) != run_id)
        .where(col(RunTable.environment).is_not(None))
        .order_by(col(RunTable.id).desc())
        .limit(MOST_SEARCHED)
    )
    wanted = _recipe(row)
    for other in session.exec(others):
        if wanted is not None and _recipe(other) == wanted and other.id is not None and other.environment:
            return other.id, other.environment
    return None


def _recipe(row: RunTable) -> dict[str, Any] | None:
    """The run's settings without the seed; None if this version cannot read them."""
    spec = row.usable_spec
    return None if spec is None else spec.model_dump(mode="json", exclude=set(NOT_SETTINGS))


def remark(session: Session, run_id: int, attempt: int, text: str) -> None:
    """Add an entry to the run's history without a change of status."""
    runs.record(session, held(session, run_id, attempt), text)


def data(session: Session, run_id: int, attempt: int, card: DatasetCard) -> None:
    """Store the data version that the run trains on, once its first attempt has loaded it."""
    row = held(session, run_id, attempt)
    row.data_version_id = versions.announced(session, card).id
    runs.publish(session, [row])


def network(session: Session, run_id: int, attempt: int, facts: RunNetwork) -> None:
    """Store parameters and FLOPs of the run's network."""
    row = held(session, run_id, attempt)
    row.network = facts.model_dump(mode="json")
    runs.publish(session, [row], passing=True)


def progress(
    session: Session,
    run_id: int,
    attempt: int,
    *,
    epoch: int,
    share: float,
    losses: Sequence[tuple[int, float]] = (),
) -> None:
    """Publish the progress inside `epoch`; `share` is its finished fraction."""
    row = held(session, run_id, attempt)
    row.activity = "training"
    row.epoch, row.epoch_share, row.stalled = epoch - 1, share, None
    if row.paced_from is None:
        row.paced_from, row.paced_from_epoch = utc_now(), row.epoch + share
    _keep_losses(session, run_id, epoch, losses)
    runs.publish(session, [row], passing=True)


def epoch(session: Session, run_id: int, attempt: int, record: EpochRecord) -> list[str]:
    """Store a finished epoch: values, progress, best value, files and events.

    Returns the paths of superseded files, to be deleted after the commit. Values, progress and events go without object
    mapping: epochs may be as short as some milliseconds.
    """
    before = _held_state(session, run_id, attempt)
    now = utc_now()
    points = [Point.of(run_id, key, record.step, record.epoch, now, value) for key, value in record.values.items()]
    metrics.store(session, points)
    _keep_losses(session, run_id, record.epoch, record.losses)
    _keep_layers(session, run_id, record.layers)
    _keep_confusion(session, run_id, record)
    progress = {
        "epoch": record.epoch,
        "epoch_share": 0.0,
        "activity": "training",
        "stalled": None,
        "trained_seconds": _trained_seconds(session, run_id, before, record),
        **_best(before, record),
    }
    others = {"best_key": best_metric(record.values), **_reset_counters(record.artifacts)}
    _UPDATE_RUN.execute(session.connection(), [{"of_run": run_id, **progress, **others}])
    superfluous = _keep_artifacts(session, run_id, attempt, record.artifacts)
    events.append_with_run(session, _metrics_event(run_id, record, now), run_id, {**before, **progress})
    return superfluous


def interruption(
    session: Session,
    run_id: int,
    attempt: int,
    *,
    epoch: int,
    losses: Sequence[tuple[int, float]],
    checkpoint: NewArtifact,
) -> list[str]:
    """Store the state of a run stopped inside `epoch`. Returns superseded paths, as `epoch()` does."""
    _held_state(session, run_id, attempt)
    _keep_losses(session, run_id, epoch, losses)
    _UPDATE_RUN.execute(session.connection(), [{"of_run": run_id, **_reset_counters([checkpoint])}])
    return _keep_artifacts(session, run_id, attempt, [checkpoint])


def layers(session: Session, run_id: int, attempt: int, stats: Sequence[LayerStat]) -> None:
    held(session, run_id, attempt)
    _keep_layers(session, run_id, stats)


def system(session: Session, run_id: int, attempt: int, sample: SystemSample) -> None:
    held(session, run_id, attempt)
    session.add(SystemTable(run_id=run_id, **sample.model_dump()))


def log(session: Session, run_id: int, attempt: int, lines: Iterable[tuple[datetime, str, str]]) -> None:
    """Store log lines (time, level, text) and publish the id of the last."""
    held(session, run_id, attempt)
    rows = [LogTable(run_id=run_id, attempt=attempt, time=time, level=level, text=text) for time, level, text in lines]
    session.add_all(rows)
    session.flush()
    if rows and (last := rows[-1].id):
        events.append(session, LogEvent(run=run_id, last=last), run_id=run_id)


def _held_state(session: Session, run_id: int, attempt: int) -> State:
    """Return the state of a run that the attempt still holds. Raises Fenced."""
    state = _SELECT_HELD.first(session.connection(), {"of_run": run_id, "by_attempt": attempt})
    if state is None:
        raise Fenced(run_id, attempt)
    return state


def _trained_seconds(session: Session, run_id: int, before: State, record: EpochRecord) -> float:
    """Return the sum over all epochs; added up again where an epoch is stored for the second time."""
    if record.epoch <= before["epoch"]:
        return trained_seconds(session, run_id)
    return float(before["trained_seconds"] + record.values.get(Metric.EPOCH_SECONDS, 0.0))


def _best(before: State, record: EpochRecord) -> dict[str, Any]:
    value = record.values.get(best_metric(record.values))
    if value is None or not is_better(value, before["best_value"]):
        return {}
    return {"best_value": value, "best_epoch": record.epoch}


def _metrics_event(run_id: int, record: EpochRecord, now: datetime) -> MetricsEvent:
    values = {str(key): value if isfinite(value) else None for key, value in record.values.items()}
    return MetricsEvent(
        run=run_id,
        epoch=record.epoch,
        step=record.step,
        time=now,
        values=values,
        nonfinite=[key for key, value in values.items() if value is None],
    )


def _keep_losses(session: Session, run_id: int, epoch: int, losses: Sequence[tuple[int, float]]) -> None:
    now = utc_now()
    metrics.store(session, [Point.of(run_id, STEP_LOSS, step, epoch, now, loss) for step, loss in losses])


def _keep_layers(session: Session, run_id: int, stats: Sequence[LayerStat]) -> None:
    finite = [{name: _finite(value) for name, value in stat.model_dump().items()} for stat in stats]
    upsert(session, LayerTable, [{"run_id": run_id, **fields} for fields in finite])


def _keep_confusion(session: Session, run_id: int, record: EpochRecord) -> None:
    if record.confusion is None:
        return
    older = (col(ConfusionTable.run_id) == run_id, col(ConfusionTable.mistakes).is_not(None))
    session.execute(update(ConfusionTable).where(*older).values(mistakes=None))
    mistakes = [mistake.model_dump() for mistake in record.mistakes]
    row = {"run_id": run_id, "epoch": record.epoch, "counts": record.confusion, "mistakes": mistakes}
    upsert(session, ConfusionTable, [row])


def _reset_counters(files: Sequence[NewArtifact]) -> dict[str, int]:
    """Crashes and lost workers are counted since the last checkpoint: progress that cannot be lost."""
    return {"crashes": 0, "lost_workers": 0} if any(file.kind == "checkpoint" for file in files) else {}


def _keep_artifacts(session: Session, run_id: int, attempt: int, files: Sequence[NewArtifact]) -> list[str]:
    return [path for file in files for path in artifacts.add(session, run_id, attempt, file)]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


# Composed once: composing a statement takes longer than executing it.
_RUN = core(RunTable)
_SELECT_HELD = PreparedRow(
    sqlalchemy.select(*(_RUN.c[name] for name in run_states.COLUMNS)).where(
        _RUN.c.id == bindparam("of_run"), *held_by(bindparam("by_attempt"))
    )
)
_UPDATE_RUN = Prepared(lambda _: _RUN.update().where(_RUN.c.id == bindparam("of_run")))
