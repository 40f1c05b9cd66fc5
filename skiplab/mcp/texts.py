"""Texts: an experiment's report, and notes on runs."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from skiplab.mcp.answers import Answer
from skiplab.mcp.chosen import ExperimentGiven, RunsGiven, chosen
from skiplab.mcp.door import Call, opened

PART_LENGTH = 8000
"""Characters of a report in one answer."""


class ReportPart(Answer):
    text: str = Field(description="Markdown; tables carry n, intervals and caveats.")
    next_part: int | None = Field(description="`part` of the rest; null: this was the last.")


class Noted(Answer):
    run: int
    note: str = Field(description="The whole note of the run.")


async def report(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    part: Annotated[int, Field(ge=0, description="0 first, then `next_part` of the answer.")] = 0,
) -> ReportPart:
    """Return the report on runs as Markdown, in parts."""
    async with opened(call) as lab:
        whole = await lab.report(**chosen(experiment, runs), format="md")
    start, end = part * PART_LENGTH, (part + 1) * PART_LENGTH
    rest = len(whole) > end
    caveats = ["This is not the whole report: it goes on in the next part."] if rest else []
    return ReportPart(text=whole[start:end], next_part=part + 1 if rest else None, caveats=caveats)


async def note(
    call: Call,
    run: Annotated[int, Field(description="Number of the run.")],
    text: Annotated[str, Field(min_length=1, max_length=2000)],
) -> Noted:
    """Append a dated line to a run's note, such as the hypothesis that it tests."""
    async with opened(call) as lab:
        before = (await lab.run(run)).note
        line = f"{datetime.now(UTC):%Y-%m-%d %H:%M} agent: {text.strip()}"
        changed = await lab.change(run, note=f"{before}\n{line}".strip())
    return Noted(run=run, note=changed.note, caveats=[])
