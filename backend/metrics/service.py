"""Convert metric rows to columns: one series per run and key."""

from collections.abc import Sequence
from itertools import groupby

from backend.db import metrics
from backend.db.database import Database
from backend.db.metrics import Point
from backend.metrics.sampling import sampled
from backend.metrics.schemas import Series, SeriesList, Wanted
from backend.runs.lookup import check_exist
from backend.snapshot import Snapshot, snapshot


def series(database: Database, run_ids: Sequence[int], wanted: Wanted) -> Snapshot[SeriesList]:
    """Return the series. Raises NotFound for an unknown run."""
    with database.read() as session:
        check_exist(session, run_ids)
        rows = metrics.of_runs(session, run_ids, keys=wanted.keys, since_epoch=wanted.since_epoch)
        columns = [
            _columns(run_id, key, list(points), wanted.max_points)
            for (run_id, key), points in groupby(rows, lambda r: (r.run_id, r.key))
        ]
        return snapshot(session, SeriesList(series=sorted(columns, key=lambda each: (each.run, each.key))))


def _columns(run_id: int, key: str, points: Sequence[Point], max_points: int | None) -> Series:
    rows = points if max_points is None else sampled(points, max_points)
    return Series(
        run=run_id,
        key=key,
        epoch=[row.epoch for row in rows],
        step=[row.step for row in rows],
        time=[row.time for row in rows],
        value=[row.value for row in rows],
        nonfinite={place: row.nonfinite for place, row in enumerate(rows) if row.nonfinite},
        sampled_from=len(points) if len(rows) < len(points) else None,
    )
