"""Logged values of runs."""

from collections.abc import Iterable
from typing import Any

from skiplab.client.calls.lookup import WhichRuns, run_ids
from skiplab.client.frames import Frame, columns, framed
from skiplab.client.steps import Steps, get
from skiplab.contract.quantities import Quantity
from skiplab.contract.series import KeyList, QuantityList, Series, SeriesList


def series(
    runs: WhichRuns, keys: Iterable[str] | str | None = None, *, since_epoch: int = 0, max_points: int | None = None
) -> Steps[list[Series]]:
    """Return the series of runs. `keys`: metrics, all but step losses by default. `max_points`: per series, which is
    sampled then."""
    ids = yield from run_ids(runs)
    named = None if keys is None else keys if isinstance(keys, str) else ",".join(keys)
    query = {"runs": ",".join(map(str, ids)), "keys": named, "max_points": max_points}
    return (yield from get("/metrics", SeriesList, since_epoch=since_epoch, **query)).series


def metrics(
    runs: WhichRuns,
    keys: Iterable[str] | str | None = None,
    *,
    since_epoch: int = 0,
    max_points: int | None = None,
    frame: Frame | None = None,
) -> Steps[Any]:
    """Return the values of runs in long form: one row per point, with columns run, key, epoch, step, time and value.

    A pandas DataFrame if pandas is installed, else a Polars one, else a dict of columns; `frame` names one of them.
    """
    found = yield from series(runs, keys, since_epoch=since_epoch, max_points=max_points)
    return framed(columns(found), frame)


def keys(runs: WhichRuns) -> Steps[list[str]]:
    """Return the keys of the metrics that any of these runs has logged."""
    ids = yield from run_ids(runs)
    return (yield from get("/metrics/keys", KeyList, runs=",".join(map(str, ids)))).items


def quantities() -> Steps[list[Quantity]]:
    """Return the quantities that runs log, with title, unit, range and direction."""
    return (yield from get("/quantities", QuantityList)).items
