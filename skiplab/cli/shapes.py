"""Shapes of `--json`, where a command prints more than one resource of the API. Fields are only ever added."""

from typing import Any

from pydantic import BaseModel, Field

from skiplab.contract.run import ExperimentRef, Run


class RunsShown(BaseModel):
    """`skiplab ls`, `submit`, `cancel`, ...: runs, and how many there are in all."""

    items: list[Run]
    total: int = Field(description="Runs that match, of which `items` may be the first.")
    experiment: ExperimentRef | None = Field(None, description="The experiment that a submission belongs to.")


class Compared(BaseModel):
    """One run of a comparison."""

    run: Run
    differing: dict[str, Any] = Field(description="Fields in which the runs differ, with this run's value.")
    last: dict[str, float | None] = Field(description="Last value of each metric; null: none, NaN or infinite.")


class Comparison(BaseModel):
    """`skiplab compare`."""

    items: list[Compared]
