"""Shapes of `--json`, where a command prints more than one resource of the API. Fields are only ever added."""

from pydantic import BaseModel, Field

from skiplab.contract.run import ExperimentRef, Run


class RunsShown(BaseModel):
    """`skiplab ls`, `submit`, `cancel`, ...: runs, and how many there are in all."""

    items: list[Run]
    total: int = Field(description="Runs that match, of which `items` may be the first.")
    experiment: ExperimentRef | None = Field(None, description="The experiment that a submission belongs to.")
