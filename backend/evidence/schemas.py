"""Response models of the evidence routes."""

from pydantic import BaseModel, Field

from backend.evidence.claim import ClaimSet
from backend.evidence.definitions import Kind
from backend.evidence.evaluate import SetEvidence
from backend.evidence.final_value import AnyMeasure
from skiplab.contract.quantities import Better


class ClaimSetList(BaseModel):
    items: list[ClaimSet]
    problems: list[str] = Field(description="Files in the lab's claims folder that cannot be used, and why.")


class MeasureCard(BaseModel):
    """One column of the measures."""

    key: AnyMeasure
    label: str
    unit: str = Field(description="`%`: the value is a fraction, shown as percent.")
    kind: Kind
    better: Better
    lower_is_better: bool = Field(description="Whether `better` is `lower`.")


class RunMeasures(BaseModel):
    """The measures of one run."""

    run: int
    cell: int = Field(description="Index in `cells`.")
    seed: int
    values: dict[AnyMeasure, float | None] = Field(description="Null: not measured, or target not reached.")
    texts: dict[AnyMeasure, str] = Field(description="The values that are not null, with their units.")


class CellSummary(BaseModel):
    """One measure over the seeds of one cell."""

    n: int
    mean: float
    sd: float | None
    low: float | None = Field(description="Lower end of the 95% t interval; null for one run.")
    high: float | None
    reached: int | None = Field(None, description="Runs that reached the target.")
    text: str = Field(description="Mean ± SD for a table, and how many runs reached the target if not all did.")


class CellView(BaseModel):
    """Runs whose specs differ in the seed only."""

    label: str = Field(description="The network and the fields that distinguish it from the other configurations.")
    model: str
    runs: list[int]
    seeds: list[int] = Field(description="Seeds of the finished runs.")
    summaries: dict[AnyMeasure, CellSummary]


class Measured(BaseModel):
    """The measures of runs and cells."""

    measures: list[MeasureCard]
    target: float = Field(description="Target test accuracy of times to a target.")
    cells: list[CellView]
    runs: list[RunMeasures]


class Evidence(Measured):
    """All verdicts on the selected runs, with the measures behind them."""

    sets: list[SetEvidence]
    problems: list[str]


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
