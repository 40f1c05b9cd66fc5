"""Values of runs as a table: a pandas or Polars data frame, or plain columns."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from skiplab.contract.series import Series

Frame = Literal["pandas", "polars", "columns"]

Columns = dict[str, list[Any]]
"""Name to values, of equal length."""


def columns(found: Sequence[Series]) -> Columns:
    """Return one row per point. NaN and infinity, which JSON does not have, are floats again."""
    return {
        "run": [each.run for each in found for _ in each.value],
        "key": [each.key for each in found for _ in each.value],
        "epoch": [epoch for each in found for epoch in each.epoch],
        "step": [step for each in found for step in each.step],
        "time": [time for each in found for time in each.time],
        "value": [value for each in found for value in values(each)],
    }


def values(series: Series) -> list[float]:
    """Return the values of a series, with NaN and infinities."""
    return [
        float(series.nonfinite.get(place, "nan")) if value is None else value
        for place, value in enumerate(series.value)
    ]


def framed(table: Columns, frame: Frame | None) -> Any:
    """Return the table as the frame named, else as the first of pandas, Polars and plain columns that is installed."""
    installed = (package for package in ("pandas", "polars") if find_spec(package) is not None)
    wanted: str = frame or next(installed, "columns")
    return table if wanted == "columns" else import_module(wanted).DataFrame(table)
