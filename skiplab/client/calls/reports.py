"""Reports and tables of measures."""

from typing import Literal

from skiplab.client.calls.lookup import WhichExperiment, WhichRuns, selection
from skiplab.client.steps import Steps, text


def report(
    runs: WhichRuns | None = None,
    *,
    experiment: WhichExperiment | None = None,
    format: Literal["html", "md"] = "html",
) -> Steps[str]:
    """Return the report on runs or on an experiment: a self-contained HTML page, or Markdown with captions instead of
    figures."""
    return (yield from text(f"/report.{format}", **(yield from selection(runs, experiment))))


def measures_csv(
    runs: WhichRuns | None = None, *, experiment: WhichExperiment | None = None, target: float | None = None
) -> Steps[str]:
    """Return one row per run as CSV: its spec and its measures. `target`: test accuracy of times to a target."""
    return (yield from text("/evidence/measures.csv", **(yield from selection(runs, experiment)), target=target))
