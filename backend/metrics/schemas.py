"""Answers of the metrics' routes."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field

from skiplab.contract.quantities import Quantity


@dataclass(frozen=True)
class Wanted:
    """Which part of the series; of each, at most `max_points`."""

    keys: list[str] | None  # None: all but those of single steps
    since_epoch: int
    max_points: int | None


class Series(BaseModel):
    """The values of one key of one run, as columns of equal length; every point, unless fewer were asked for."""

    run: int
    key: str
    epoch: list[int]
    step: list[int]
    time: list[datetime]
    value: list[float | None] = Field(description="Null where the value was NaN or infinite.")
    nonfinite: dict[int, str] = Field(
        default_factory=dict, description="Place in `value` to `nan`, `inf` or `-inf`, for the nulls."
    )

    sampled_from: int | None = Field(None, description="How many points there are, where these are not all of them.")


class SeriesList(BaseModel):
    series: list[Series]


class KeyList(BaseModel):
    items: list[str]


class QuantityList(BaseModel):
    items: list[Quantity]
