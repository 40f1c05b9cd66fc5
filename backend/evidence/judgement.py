"""The judgement of a claim as the API, the page and the report show it; all models are frozen."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from backend.evidence.claim import Expect
from backend.evidence.fairness import Finding
from backend.evidence.figure_link import FigureLink
from backend.evidence.final_value import AnyMeasure


class Verdict(StrEnum):
    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNTESTED = "untested"


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


class PartVerdict(BaseModel):
    """One measure of a claim."""

    model_config = ConfigDict(frozen=True)

    measure: AnyMeasure
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


class Judgement(BaseModel):
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
    parts: list[PartVerdict]
    findings: list[Finding]
    figures: list[FigureLink] = Field(description="Figures that show it, drawn from `runs`.")
    runs: list[int]
