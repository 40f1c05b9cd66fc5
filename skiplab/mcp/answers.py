"""What all answers have in common: how many runs they rest on, intervals, and caveats."""

from typing import Any

from pydantic import BaseModel, Field

from skiplab.contract.evidence import CellSummary

LONGEST_LIST = 40
"""Most runs, configurations or claims that an answer lists."""


class Answer(BaseModel):
    """An answer of any tool."""

    caveats: list[str] = Field(description="What must be said with this answer.")


class Mean(BaseModel):
    """A mean over runs that differ in the seed only."""

    n: int = Field(description="Runs, one per seed.")
    mean: float
    sd: float | None
    low: float | None = Field(description="Lower end of the mean's 95% t interval; null for one run.")
    high: float | None
    reached: int | None = Field(description="Runs that reached the target; null for measures without one.")

    @classmethod
    def of(cls, cell: CellSummary) -> "Mean":
        return cls.model_validate(cell, from_attributes=True)


def shortened(items: list[Any], caveats: list[str], what: str) -> list[Any]:
    """Return at most LONGEST_LIST items, and add a caveat on the rest."""
    if len(items) > LONGEST_LIST:
        caveats.append(f"Only {LONGEST_LIST} of {len(items)} {what} are listed.")
    return items[:LONGEST_LIST]


def single_seeds(counts: list[int]) -> list[str]:
    """Return the caveat on configurations with one run, if there are any."""
    alone = sum(count == 1 for count in counts)
    if not alone:
        return []
    return [f"{alone} of {len(counts)} configurations have one run, so no interval: the spread over seeds is unknown."]
