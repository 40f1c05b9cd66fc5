"""Verdicts on claims, and the measures behind them, in API responses.

`M` is the type of a measure: `str` for clients; the backend's own type knows how a measure is computed.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, computed_field

from skiplab.contract.quantities import Better
from skiplab.contract.words import named

M = TypeVar("M")


class _OfMeasures(BaseModel, Generic[M]):
    """A model that names measures; called the same in the API document whatever their type."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:  # noqa: ARG003
        return cls.__name__

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Keep the description for each type of measure."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.__doc__ = cls.__doc__ or getattr(cls.__base__, "__doc__", None)


class Verdict(StrEnum):
    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNTESTED = "untested"


class Expect(StrEnum):
    GREATER = "greater"
    LESS = "less"
    SAME = "same"


class Kind(StrEnum):
    FACT = "fact"  # of the network: the same for every seed
    VALUE = "value"
    TIME = "time"  # until a target; a run may never get there


class Bars(StrEnum):
    """Which measures a finding keeps from a verdict."""

    NOTHING = "nothing"
    TIMES = "times"  # those that depend on the machine
    TARGETS = "targets"  # times to a target
    MEASUREMENTS = "measurements"  # everything but facts


WITHOUT_VERDICT: Mapping[Bars, str] = {
    Bars.NOTHING: "",
    Bars.TIMES: ": no verdict on times",
    Bars.TARGETS: ": no verdict on times to a target",
    Bars.MEASUREMENTS: ": no verdict",
}


class Finding(BaseModel):
    """One confounder or caveat of a comparison."""

    model_config = ConfigDict(frozen=True)

    text: str
    bars: Bars = Field(Bars.NOTHING, description="Measures that get no verdict for it; `nothing`: for information.")
    runs: list[int] = Field(default_factory=list, description="The runs concerned; empty if it concerns all.")

    @computed_field(description="The text with its runs and the measures that get no verdict.")  # type: ignore[prop-decorator]  # pydantic
    @property
    def sentence(self) -> str:
        runs = f" ({named('run', self.runs)})" if self.runs else ""
        return f"{self.text}{runs}{WITHOUT_VERDICT[self.bars]}"


class FigureLink(BaseModel):
    """A figure that shows a verdict, drawn from the verdict's own runs."""

    kind: str = Field(description="As listed by GET /figures.")
    options: dict[str, str] = Field(default_factory=dict, description="Its options, such as the metric.")


class RoleValues(BaseModel):
    """The values of one cell for one measure."""

    model_config = ConfigDict(frozen=True)

    role: str
    model: str
    n: int
    mean: float | None = None
    sd: float | None = None
    low: float | None = Field(None, description="Lower end of the mean's 95% t interval.")
    high: float | None = None
    values: list[float] = Field(default_factory=list, description="One per seed, in the order of the runs.")
    runs: list[int] = Field(default_factory=list)
    reached: int | None = Field(None, description="Runs that reached the target; null for measures without one.")


class PartText(BaseModel):
    """The numbers of a part as text, for a row of a table; empty where there is nothing to show."""

    model_config = ConfigDict(frozen=True)

    measure: str = Field(description="With its target, and whether it decides.")
    means: str = Field(description="Per configuration, and how many runs reached the target.")
    claimed: str
    effect: str = ""
    interval: str = ""
    n: str = Field(description="Seeds per configuration, or pairs.")
    hedges_g: str = ""
    permutation: str = Field("", description="Exact p and the smallest p possible with this many seeds.")


class PartVerdict(_OfMeasures[M], Generic[M]):
    """One measure of a claim."""

    model_config = ConfigDict(frozen=True)

    measure: M
    label: str
    unit: str
    expect: Expect
    margin: float
    target: float | None
    decides: bool
    verdict: Verdict
    why: str
    effect: float | None = Field(None, description="The weighted sum of the means.")
    low: float | None = Field(None, description="Lower end of the deciding confidence interval, at `covers`.")
    high: float | None = None
    covers: float | None = Field(None, description="Confidence level: 0.95 at the first analysis, more at later ones.")
    p: float | None = Field(None, description="p-value of the verdict's own test, compared with the analysis' alpha.")
    pairs: int | None = Field(None, description="Seeds that both cells have; null for unpaired claims.")
    hedges_g: float | None = None
    permutation_p: float | None = Field(None, description="Exact; shown, never deciding.")
    permutation_smallest: float | None = Field(None, description="The smallest p possible with this many seeds.")
    budget: float | None = Field(
        None, description="Common budget of restricted times; null if all runs reached the target."
    )
    roles: list[RoleValues]
    text: PartText


class Judgement(_OfMeasures[M], Generic[M]):
    """A claim on one set of cells."""

    model_config = ConfigDict(frozen=True)

    claim: str
    roles: dict[str, str] = Field(description="Role to network.")
    title: str = Field(description="The networks compared.")
    stands_in: bool = Field(description="Whether substitutes replace the claim's own networks.")
    mixed: bool = Field(description="Whether cells differ in more than what is tested; the findings name it.")
    recipe: dict[str, object] = Field(description="The spec fields that all cells share.")
    verdict: Verdict
    why: str
    look: int = Field(
        description="Interim analyses before this one: verdicts that could be seen before the last seeds."
    )
    level: float = Field(description="The alpha of this analysis.")
    analysis: str = Field(description="Which analysis it is and its alpha, in words.")
    p: float | None = Field(None, description="p-value of the claim, unadjusted.")
    adjusted_p: float | None = Field(
        None, description="Holm-adjusted p over the set; null if another comparison counts."
    )
    adjusted_verdict: Verdict | None = None
    decisive: int | None = Field(None, description="Index in `parts` of the part that decides the verdict.")
    parts: list[PartVerdict[M]]
    findings: list[Finding]
    figures: list[FigureLink] = Field(description="Figures that show it, drawn from `runs`.")
    runs: list[int]


class LaunchOffer(BaseModel):
    """The body of POST /experiments, and the estimated time."""

    name: str
    vary: dict[str, list[Any]]
    spec: dict[str, Any]
    runs: int
    seconds: float | None = Field(None, description="Estimated from runs of the same networks; null without any.")


class Missing(BaseModel):
    """Why a claim has no verdict yet, and launches that would change that."""

    why: str
    launches: list[LaunchOffer] = Field(default_factory=list)


class ClaimEvidence(_OfMeasures[M], Generic[M]):
    """One claim and every comparison that it can be judged on."""

    id: str
    sentence: str
    note: str
    verdict: Verdict = Field(description="Of the first comparison, chosen by what was planned, not by outcome.")
    why: str
    judgements: list[Judgement[M]]
    missing: Missing | None = Field(description="What would settle the claim; null when nothing is missing.")


class SetEvidence(_OfMeasures[M], Generic[M]):
    """A set of claims, adjusted together (Holm); its size counts claims that were not tested as well."""

    key: str
    title: str
    source: str
    size: int
    claims: list[ClaimEvidence[M]]


class MeasureCard(_OfMeasures[M], Generic[M]):
    """One column of the measures."""

    key: M
    label: str
    unit: str = Field(description="`%`: the value is a fraction, shown as percent.")
    kind: Kind
    better: Better
    lower_is_better: bool = Field(description="Whether `better` is `lower`.")


class RunMeasures(_OfMeasures[M], Generic[M]):
    """The measures of one run."""

    run: int
    cell: int = Field(description="Index in `cells`.")
    seed: int
    values: dict[M, float | None] = Field(description="Null: not measured, or target not reached.")
    texts: dict[M, str] = Field(description="The values that are not null, with their units.")


class CellSummary(BaseModel):
    """One measure over the seeds of one cell."""

    n: int
    mean: float
    sd: float | None
    low: float | None = Field(description="Lower end of the 95% t interval; null for one run.")
    high: float | None
    reached: int | None = Field(None, description="Runs that reached the target.")
    text: str = Field(description="Mean ± SD for a table, and how many runs reached the target if not all did.")


class CellView(_OfMeasures[M], Generic[M]):
    """Runs whose specs differ in the seed only."""

    label: str = Field(description="The network and the fields that distinguish it from the other configurations.")
    model: str
    runs: list[int]
    seeds: list[int] = Field(description="Seeds of the finished runs.")
    summaries: dict[M, CellSummary]


class Measured(_OfMeasures[M], Generic[M]):
    """The measures of runs and cells."""

    measures: list[MeasureCard[M]]
    target: float = Field(description="Target test accuracy of times to a target.")
    cells: list[CellView[M]]
    runs: list[RunMeasures[M]]


class Evidence(Measured[M], Generic[M]):
    """All verdicts on the selected runs, with the measures behind them."""

    sets: list[SetEvidence[M]]
    problems: list[str]
