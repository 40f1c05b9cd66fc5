"""Values over depth: maps of blocks or layers by epoch, all cells on one scale.

A network that repeats no block is shown by the gradients of its layers' weights, on a scale of their own: claims use
block outputs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10
from statistics import fmean

import plotly.graph_objects as go

from backend.evidence import loading
from backend.evidence.records import LayerGradients, RunRecord
from backend.figures.context import Context, Drawn
from backend.figures.kind import Source
from backend.figures.maps import MOST_MAPS, colours, name_rows, number_epochs, side_by_side, title_of
from backend.figures.style import template

EPOCHS = "Epoch (0: first step)"

NO_GRADIENTS = "None of these runs has logged gradients: its telemetry must include layers."

ByRun = Mapping[int, Sequence[LayerGradients]]
"""Values at each depth, by run and epoch."""


@dataclass(frozen=True)
class Scale:
    """What the colours of a map measure, and what its rows are."""

    title: str
    row: str
    axis: str  # of the layout


BLOCKS = Scale("log10 RMS gradient", "Block", "coloraxis")
WEIGHTS = Scale("log10 weight-gradient norm", "Layer", "coloraxis2")
STEPS = Scale("log10(update / weight)", "Layer", "coloraxis")


@dataclass(frozen=True)
class Flow:
    """One cell's values over depth, run by run."""

    each: Drawn
    scale: Scale
    runs: Sequence[tuple[RunRecord, Sequence[LayerGradients]]]

    def named(self, flows: Sequence[Flow]) -> Drawn:
        """Mark layers' weights in the label if other cells are shown by block."""
        alone = self.scale == BLOCKS or len({flow.scale for flow in flows}) == 1
        return self.each if alone else replace(self.each, label=f"{self.each.label}, layers' weights")


def weight_gradients(source: Source) -> ByRun:
    """Load the weight gradients of runs whose network repeats no block."""
    return loading.weight_gradients(source.session, [run.id for run in source.runs if not run.layers])


def flows_of(context: Context, weights: ByRun) -> list[Flow]:
    """Show each cell by its blocks, else by its layers' weights; omit cells that have neither."""
    blocks = {run.id: run.layers for each in context.cells for run in each.cell.shown}
    found = []
    for each in context.cells:
        by_blocks = Flow(each, BLOCKS, known(each, blocks))
        found.append(by_blocks if by_blocks.runs else Flow(each, WEIGHTS, known(each, weights)))
    return [flow for flow in found if flow.runs]


def known(each: Drawn, layers: ByRun) -> list[tuple[RunRecord, Sequence[LayerGradients]]]:
    return [(run, found) for run in each.cell.shown if (found := layers.get(run.id))]


def maps(context: Context, every: Sequence[Flow]) -> go.Figure:
    flows = every[:MOST_MAPS]
    grids = [_grid([layers for _, layers in flow.runs]) for flow in flows]
    made = side_by_side([title_of(flow.named(flows), len(flow.runs)) for flow in flows], len(every))
    for column, (flow, grid) in enumerate(zip(flows, grids, strict=True), start=1):
        made.add_trace(_heat_map(flow, grid), row=1, col=column)
    scales = list(dict.fromkeys(flow.scale for flow in flows))
    for place, scale in enumerate(scales):
        # Two colour bars share the height.
        bar = {"len": 1 / len(scales), "y": 1 - place / len(scales), "yanchor": "top"}
        made.update_layout({scale.axis: colours(context, scale.title, colorbar=bar)})
    made.update_layout(template=template(context.scheme), uirevision="kept")
    number_epochs(made, context, len(flows), EPOCHS)
    rows = " or ".join(dict.fromkeys(scale.row for scale in scales)).capitalize()
    made.update_yaxes(title_text=f"{rows}, input to output", autorange="reversed", col=1)
    names = {_names(grid) for grid in grids}
    if len(names) == 1:
        name_rows(made, names.pop())
    return made


Grid = Mapping[int, tuple[Sequence[str], Sequence[float | None]]]
"""Block names and mean log10 gradients by epoch; None (a gap) if no seed has a value."""


def _grid(runs: Sequence[Sequence[LayerGradients]]) -> Grid:
    """Average the logarithm over the seeds."""
    at: dict[int, list[LayerGradients]] = {}
    for run in runs:
        for layers in run:
            at.setdefault(layers.epoch, []).append(layers)
    return {
        epoch: (
            found[0].names,
            [_mean_log(column) for column in zip(*(layers.gradients for layers in found), strict=False)],
        )
        for epoch, found in sorted(at.items())
    }


def _mean_log(gradients: Sequence[float | None]) -> float | None:
    """Exact zeros have no logarithm and are left out."""
    known = [log10(each) for each in gradients if each]
    return fmean(known) if known else None


def _names(grid: Grid) -> tuple[str, ...]:
    return max((tuple(names) for names, _ in grid.values()), key=len)


def _heat_map(flow: Flow, grid: Grid) -> go.Heatmap:
    names = _names(grid)
    depth = max(len(values) for _, values in grid.values())
    return go.Heatmap(
        uid=flow.each.uid,
        name=flow.each.label,
        x=list(grid),
        y=list(range(1, depth + 1)),
        z=[[values[place] if place < len(values) else None for _, values in grid.values()] for place in range(depth)],
        text=[[names[place]] * len(grid) for place in range(depth)],
        coloraxis=flow.scale.axis,
        hovertemplate="%{text}, epoch %{x}: 10^%{z:.2f}<extra>%{fullData.name}</extra>",
    )
