"""What a token may do."""

from typing import Literal

from pydantic import BaseModel, Field

Scope = Literal["read", "write", "agent"]

SCOPES = "`read`: read-only; `write`: full access; `agent`: read, and queue runs within a budget."


class Limits(BaseModel):
    """The budget that a token of scope `agent` is made with."""

    runs: int = Field(ge=0, le=1_000_000, description="Runs that it may queue.")
    device_hours: float = Field(ge=0, le=1_000_000, description="Hours of one device that its runs may take.")


class Budget(Limits):
    """The budget of a token, and what its runs have used of it."""

    used_runs: int
    used_device_hours: float = Field(
        description="Hours that ended runs took, and that the others have taken or are estimated to take."
    )


class OwnBudget(BaseModel):
    """The caller's budget."""

    budget: Budget | None = Field(description="Null: unlimited, as for every scope but `agent`.")
