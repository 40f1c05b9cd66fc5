"""Series of metrics, sampled if so wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from backend.db import metrics
from backend.db.database import Database
from backend.metrics.sampling import sampled
from backend.runs.lookup import check_exist
from backend.snapshot import Snapshot, snapshot
from skiplab.contract.series import Series, SeriesList


@dataclass(frozen=True)
class Wanted:
    """Which series to read, and at most how many points of each."""

    keys: list[str] | None  # None: all but step losses
    since_epoch: int
    since_step: int | None
    max_points: int | None


def series(database: Database, run_ids: Sequence[int], wanted: Wanted) -> Snapshot[SeriesList]:
    """Return the series. Raises NotFound for an unknown run."""
    with database.read() as session:
        check_exist(session, run_ids)
        found = metrics.of_runs(
            session, run_ids, keys=wanted.keys, since_epoch=wanted.since_epoch, since_step=wanted.since_step
        )
        return snapshot(session, SeriesList(series=[_view(each, wanted.max_points) for each in found]))


def _view(each: metrics.Series, max_points: int | None) -> Series:
    total = len(each.value)
    if max_points is not None and total > max_points:
        each = _picked(each, sampled(each.value, max_points))
    return Series(
        run=each.run_id,
        key=each.key,
        epoch=each.epoch,
        step=each.step,
        time=each.time,
        value=each.value,
        nonfinite={place: text for place, text in enumerate(each.nonfinite) if text},
        sampled_from=total if len(each.value) < total else None,
    )


def _picked(each: metrics.Series, places: Sequence[int]) -> metrics.Series:
    pick = itemgetter(*places)
    step, epoch, time, value, nonfinite = map(pick, each[2:])
    return metrics.Series(each.run_id, each.key, step, epoch, time, value, nonfinite)
