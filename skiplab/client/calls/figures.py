"""Figures: the ones of the page and the report."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from skiplab.client.calls.lookup import WhichExperiment, WhichRuns, selection
from skiplab.client.steps import Steps, get
from skiplab.contract.figures import Figure, FigureCard, FigureList
from skiplab.contract.palette import Scheme


def figures() -> Steps[list[FigureCard]]:
    """Return the kinds of figures, with their titles, help and options."""
    return (yield from get("/figures", FigureList)).items


def drawing(
    kind: str,
    runs: WhichRuns | None = None,
    *,
    experiment: WhichExperiment | None = None,
    scheme: Scheme = "light",
    **options: Any,
) -> Steps[Figure]:
    """Return a figure of runs or of an experiment: its traces and layout, as Plotly takes them.

    `kind`, `options`: as listed by `figures()`. Raises NotFound for an unknown kind, Invalid for an unknown option.
    """
    chosen = yield from selection(runs, experiment)
    return (yield from get(f"/figures/{kind}", Figure, **chosen, scheme=scheme, **options))


def figure(
    kind: str,
    runs: WhichRuns | None = None,
    *,
    experiment: WhichExperiment | None = None,
    scheme: Scheme = "light",
    **options: Any,
) -> Steps[Any]:
    """Return a figure as a `plotly.graph_objects.Figure`, which a notebook shows; without Plotly as `drawing` does."""
    drawn = yield from drawing(kind, runs, experiment=experiment, scheme=scheme, **options)
    if find_spec("plotly") is None:
        return drawn
    return import_module("plotly.graph_objects").Figure(data=drawn.data, layout=drawn.layout)
