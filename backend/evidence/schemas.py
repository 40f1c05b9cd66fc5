"""Response models of the evidence routes."""

from typing import TypeAlias

from pydantic import BaseModel, Field

from backend.evidence.claim import ClaimSet
from backend.evidence.final_value import AnyMeasure
from skiplab.contract import evidence as contract


class ClaimSetList(BaseModel):
    items: list[ClaimSet]
    problems: list[str] = Field(description="Files in the lab's claims folder that cannot be used, and why.")


MeasureCard: TypeAlias = contract.MeasureCard[AnyMeasure]
RunMeasures: TypeAlias = contract.RunMeasures[AnyMeasure]
CellView: TypeAlias = contract.CellView[AnyMeasure]
Measured: TypeAlias = contract.Measured[AnyMeasure]
Evidence: TypeAlias = contract.Evidence[AnyMeasure]


class CellCurve(BaseModel):
    """One metric of one configuration by epoch, as columns of equal length."""

    cell: int
    label: str
    runs: list[int]
    key: str
    epoch: list[int]
    n: list[int]
    mean: list[float]
    sd: list[float | None]
    low: list[float | None]
    high: list[float | None]


class CellCurveList(BaseModel):
    series: list[CellCurve]
