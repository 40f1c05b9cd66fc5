"""Logged values, as columns; response models of the metric routes."""

from datetime import datetime

from pydantic import BaseModel, Field

from skiplab.contract.quantities import Quantity


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
