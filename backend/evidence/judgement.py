"""What a verdict says, as the API, the page and the report show it. All of it is frozen: built once, never changed."""

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
    """One cell under one measure."""

    model_config = ConfigDict(frozen=True)

    role: str
    model: str
    n: int
    mean: float | None = None
    sd: float | None = None
    low: float | None = Field(None, description="Of the mean's 95% t interval.")
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
    permutation: str = Field("", description="Exact p and the smallest p possible with so many seeds.")


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
    low: float | None = Field(None, description="Of the confidence interval that decides, at `covers`.")
    high: float | None = None
    covers: float | None = Field(None, description="Confidence level: 0.95 at the first analysis, more at later ones.")
    p: float | None = Field(None, description="Of the verdict's own test; compared with the analysis' level.")
    pairs: int | None = Field(None, description="Seeds that both cells have; null for claims that are not paired.")
    hedges_g: float | None = None
    permutation_p: float | None = Field(None, description="Exact; shown, never deciding.")
    permutation_smallest: float | None = Field(None, description="The smallest p possible with so many seeds.")
    budget: float | None = Field(None, description="Times are restricted to it: not every run reached the target.")
    roles: list[RoleValues]
    text: PartText


class Judgement(BaseModel):
    """A claim on one set of cells."""

    model_config = ConfigDict(frozen=True)

    claim: str
    roles: dict[str, str] = Field(description="Role to network.")
    title: str = Field(description="Who is compared.")
    stands_in: bool = Field(description="Other networks than the claim's own.")
    mixed: bool = Field(description="Its cells differ in more than what is in question; the findings name it.")
    recipe: dict[str, object] = Field(description="What all cells share of the spec.")
    verdict: Verdict
    why: str
    look: int = Field(
        description="Interim analyses before this one: verdicts that could be seen before the last seeds."
    )
    level: float = Field(description="The alpha of this analysis.")
    analysis: str = Field(description="Which analysis it is and its alpha, in words.")
    p: float | None = Field(None, description="The claim's own, unadjusted.")
    adjusted_p: float | None = Field(None, description="Holm's, over the set; null where another comparison counts.")
    adjusted_verdict: Verdict | None = None
    decisive: int | None = Field(None, description="Index in `parts` of the part that decides the verdict.")
    parts: list[PartVerdict]
    findings: list[Finding]
    figures: list[FigureLink] = Field(description="What shows it, drawn of `runs`.")
    runs: list[int]
