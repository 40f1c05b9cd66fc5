"""What a verdict says, as the API, the page and the report show it."""

from enum import StrEnum

from pydantic import BaseModel, Field

from backend.evidence.claim import Expect
from backend.evidence.fairness import Finding
from backend.evidence.measures import Measure
from backend.evidence.shown_by import FigureLink


class Verdict(StrEnum):
    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNTESTED = "untested"


class RoleValues(BaseModel):
    """One cell under one measure."""

    role: str
    model: str
    n: int
    mean: float | None = None
    sd: float | None = None
    low: float | None = Field(None, description="Of the mean's 95 % t interval.")
    high: float | None = None
    values: list[float] = Field(default_factory=list, description="One a seed, in the order of the runs.")
    runs: list[int] = Field(default_factory=list)
    reached: int | None = Field(None, description="Runs that got to the target; null for measures without one.")


class PartVerdict(BaseModel):
    """One measure of a claim."""

    measure: Measure
    label: str
    unit: str
    expect: Expect
    margin: float
    target: float | None
    decides: bool
    verdict: Verdict
    why: str
    effect: float | None = Field(None, description="The weighted sum of the means.")
    low: float | None = Field(None, description="Of the interval that decides, at `covers`.")
    high: float | None = None
    covers: float | None = Field(None, description="0.95 at the first look, more at later ones.")
    p: float | None = Field(None, description="Of the verdict's own test; compared with the look's level.")
    pairs: int | None = Field(None, description="Seeds that both cells have; null for claims that are not paired.")
    hedges_g: float | None = None
    permutation_p: float | None = Field(None, description="Exact; shown, never deciding.")
    permutation_smallest: float | None = Field(None, description="The smallest that so many seeds can reach.")
    budget: float | None = Field(None, description="Times are restricted to it, for not every run got to the target.")
    roles: list[RoleValues]


class Judgement(BaseModel):
    """A claim on one set of cells."""

    claim: str
    roles: dict[str, str] = Field(description="Role to network.")
    stands_in: bool = Field(description="Other networks than the claim's own.")
    mixed: bool = Field(description="Its cells differ in more than what is in question; the findings name it.")
    recipe: dict[str, object] = Field(description="What all cells share of the spec.")
    verdict: Verdict
    why: str
    look: int
    level: float
    p: float | None = Field(None, description="The claim's own, unadjusted.")
    adjusted_p: float | None = Field(None, description="Holm's, over the set; null where another comparison counts.")
    adjusted_verdict: Verdict | None = None
    parts: list[PartVerdict]
    findings: list[Finding]
    figures: list[FigureLink] = Field(description="What shows it, drawn of `runs`.")
    runs: list[int]
