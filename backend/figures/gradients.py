"""Gradient flow: how much of the loss's gradient each depth feels, epoch by epoch, all cells on one scale.

A network that repeats no block is drawn by the gradients of its layers' weights, which is said, on a scale of their
own: claims know of block outputs only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from backend.evidence.cells import curve
from backend.evidence.measures import gradient_ratio
from backend.evidence.records import LayerGradients, RunRecord, Series
from backend.figures.curves import band_and_line
from backend.figures.maps import MOST_MAPS, colours, name_rows, number_epochs, side_by_side, title_of
from backend.figures.material import CannotDraw, Drawn, Material, epoch_axis, figure
from backend.figures.style import template

EPOCHS = "Epoch (0: the first step)"

NEEDS = "None of these runs has gradients: the spec's telemetry must include layers."


@dataclass(frozen=True)
class Scale:
    """What a map's colours measure."""

    title: str
    row: str
    axis: str  # of the layout
    last: str  # of which the first is held against the last


BLOCKS = Scale("log10 of RMS gradient", "Block", "coloraxis", "block")
WEIGHTS = Scale("log10 of weights' gradient", "Layer", "coloraxis2", "weights")
STEPS = Scale("log10 of step / weight", "Layer", "coloraxis", "layer")


@dataclass(frozen=True)
class Flow:
    """Of one cell: each run's values at its depths."""

    each: Drawn
    scale: Scale
    runs: Sequence[tuple[RunRecord, Sequence[LayerGradients]]]

    def told(self, flows: "Sequence[Flow]") -> Drawn:
        """Beside cells that are drawn by their blocks it says by what else it is."""
        alone = self.scale == BLOCKS or len({flow.scale for flow in flows}) == 1
        return self.each if alone else replace(self.each, label=f"{self.each.label}, layers' weights")


def gradients(material: Material) -> go.Figure:
    """Rows are depths from the input on, not names: that is what networks of equal depth can be compared by."""
    flows = _flows(material)
    if not flows:
        raise CannotDraw(NEEDS)
    return _maps(material, flows)


def update_ratios(material: Material) -> go.Figure:
    """How far a step moves each layer, by the size of its weight: what the gradient comes to in the end."""
    found = [Flow(each, STEPS, _known(each, material.updates)) for each in material.cells]
    flows = [flow for flow in found if flow.runs]
    if not flows:
        raise CannotDraw("None of these runs has update ratios: the spec's telemetry must include layers.")
    return _maps(material, flows)


def gradient_ratios(material: Material) -> go.Figure:
    """First block against last: below 1 the gradient fades on its way back. Means of logarithms, as ratios want."""
    traces: list[Any] = []
    flows = _flows(material)
    for flow in flows:
        traces += band_and_line(flow.told(flows), list(curve([_with_ratio(*run) for run in flow.runs], RATIO)))
    if not any(len(trace.x or ()) for trace in traces):
        raise CannotDraw(NEEDS)
    lasts = " or ".join(dict.fromkeys(flow.scale.last for flow in flows))
    return figure(
        material,
        traces,
        hovermode="x unified",
        xaxis=epoch_axis(material, EPOCHS),
        yaxis={"title": {"text": f"log10 of first by last {lasts}"}, "zeroline": True},
    )


RATIO = "ratio"


def _with_ratio(run: RunRecord, layers: Sequence[LayerGradients]) -> RunRecord:
    ratios = {each.epoch: gradient_ratio(each) for each in layers}
    logs = {epoch: log10(ratio) for epoch, ratio in ratios.items() if ratio}
    return RunRecord(run.id, run.name, run.spec, run.status, {RATIO: Series.of(logs)})


def _flows(material: Material) -> list[Flow]:
    """By blocks where a cell has any, else by its layers' weights."""
    blocks = {run.id: run.layers for each in material.cells for run in each.cell.shown}
    found = []
    for each in material.cells:
        by_blocks = Flow(each, BLOCKS, _known(each, blocks))
        found.append(by_blocks if by_blocks.runs else Flow(each, WEIGHTS, _known(each, material.weights)))
    return [flow for flow in found if flow.runs]


def _known(
    each: Drawn, layers: Mapping[int, Sequence[LayerGradients]]
) -> list[tuple[RunRecord, Sequence[LayerGradients]]]:
    return [(run, found) for run in each.cell.shown if (found := layers.get(run.id))]


def _maps(material: Material, every: Sequence[Flow]) -> go.Figure:
    flows = every[:MOST_MAPS]
    grids = [_grid([layers for _, layers in flow.runs]) for flow in flows]
    made = side_by_side([title_of(flow.told(flows), len(flow.runs)) for flow in flows], len(every))
    for column, (flow, grid) in enumerate(zip(flows, grids, strict=True), start=1):
        made.add_trace(_heat_map(flow, grid), row=1, col=column)
    scales = list(dict.fromkeys(flow.scale for flow in flows))
    for place, scale in enumerate(scales):
        # Two bars share the height.
        bar = {"len": 1 / len(scales), "y": 1 - place / len(scales), "yanchor": "top"}
        made.update_layout({scale.axis: colours(material, scale.title, colorbar=bar)})
    made.update_layout(template=template(material.scheme), uirevision="kept")
    number_epochs(made, material, len(flows), EPOCHS)
    rows = " or ".join(dict.fromkeys(scale.row for scale in scales)).capitalize()
    made.update_yaxes(title_text=f"{rows}, from the input on", autorange="reversed", col=1)
    names = {_names(grid) for grid in grids}
    if len(names) == 1:
        name_rows(made, names.pop())
    return made


Grid = Mapping[int, tuple[Sequence[str], Sequence[float | None]]]
"""Epoch to the blocks' names and mean log10 gradients; None, a gap, where no seed knows it."""


def _grid(runs: Sequence[Sequence[LayerGradients]]) -> Grid:
    """Mean over the seeds of the logarithm."""
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
    """Exactly zero has no logarithm, and so no place on the scale."""
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
