"""Which runs a tool is about: those of an experiment, or a list."""

from typing import Annotated, TypeAlias, TypedDict

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from skiplab.client import AsyncLab
from skiplab.contract.run import Run

MOST_NAMED = 200
"""Runs that a call may name, so that its answer stays short."""

ExperimentGiven: TypeAlias = Annotated[
    int | str | None, Field(description="Experiment, by number or name (the newest of that name).")
]
RunsGiven: TypeAlias = Annotated[
    list[int] | None, Field(description="Numbers of runs, instead of an experiment.", max_length=MOST_NAMED)
]


class Chosen(TypedDict, total=False):
    """As the client's calls take it: one of the two."""

    experiment: int | str
    runs: list[int]


def chosen(experiment: int | str | None, runs: list[int] | None) -> Chosen:
    """Raises ToolError unless exactly one is given."""
    if experiment is not None and runs is None:
        return {"experiment": experiment}
    if runs and experiment is None:
        return {"runs": runs}
    raise ToolError("Give either `experiment` or `runs`.")


async def runs_of(lab: AsyncLab, which: Chosen) -> list[Run]:
    """Return the runs. Raises NotFound."""
    if "experiment" in which:
        return (await lab.experiment(which["experiment"])).runs
    return await lab.these(which["runs"])
