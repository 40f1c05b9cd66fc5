"""Response models of the metric routes."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field

from skiplab.contract.quantities import Quantity


@dataclass(frozen=True)
class Wanted:
    """Which series to read, and at most how many points of each."""

    keys: list[str] | None  # None: all but step losses
    since_epoch: int
    since_step: int | None
    max_points: int | None


class Series(BaseModel):
    """The values of one metric of one run, as columns of equal length."""

    run: int
    key: str
    epoch: list[int]
    step: list[int]
    time: list[datetime]
    value: list[float | None] = Field(description="Null for NaN and infinity.")
    nonfinite: dict[int, str] = Field(
        default_factory=dict, description="Index in `value` to `nan`, `inf` or `-inf`, for nulls."
    )

    sampled_from: int | None = Field(None, description="Number of points in total, if the series was sampled.")


class SeriesList(BaseModel):
    series: list[Series]


class KeyList(BaseModel):
    items: list[str]


class QuantityList(BaseModel):
    items: list[Quantity]
