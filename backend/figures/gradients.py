"""Gradient flow: how much of the loss's gradient each depth feels, epoch by epoch, all cells on one scale."""

from collections.abc import Callable, Mapping, Sequence
from math import log10
from statistics import fmean
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.evidence.cells import curve
from backend.evidence.measures import gradient_ratio
from backend.evidence.records import LayerGradients, RunRecord, Series
from backend.figures.curves import band_and_line
from backend.figures.material import LINE_HEIGHT, CannotDraw, Drawn, Material, epoch_axis, figure, say_left_out
from backend.figures.style import SEQUENTIAL, template

MOST_MAPS = 6
"""More stand too narrow side by side."""

FEW_MAPS = 3
"""So many have room for a tick at every epoch and a title under each."""

ROW_LETTERS = 60
"""Of the titles of all maps in a row, as wide as the report is."""

EPOCHS = "Epoch (0: the first step)"

NEEDS = (
    "None of these runs has gradients at block outputs: networks that repeat no block have none,"
    " and the spec's telemetry must include layers."
)


def gradients(material: Material) -> go.Figure:
    """Rows are depths from the input on, not names: that is what networks of equal depth can be compared by."""
    return _maps(material, lambda run: run.layers, scale="log10 of RMS gradient", row="Block", needs=NEEDS)


def update_ratios(material: Material) -> go.Figure:
    """How far a step moves each layer, by the size of its weight: what the gradient comes to in the end."""
    needs = "None of these runs has update ratios: the spec's telemetry must include layers."
    return _maps(
        material, lambda run: material.updates.get(run.id, ()), scale="log10 of step / weight", row="Layer", needs=needs
    )


def _maps(
    material: Material, of: Callable[[RunRecord], Sequence[LayerGradients]], *, scale: str, row: str, needs: str
) -> go.Figure:
    grids = [(each, _grid([of(run) for run in each.cell.shown])) for each in material.cells]
    every = [(each, grid) for each, grid in grids if grid]
    maps = every[:MOST_MAPS]
    if not maps:
        raise CannotDraw(needs)
    made = side_by_side([each.label for each, _ in maps], len(every))
    for column, (each, grid) in enumerate(maps, start=1):
        made.add_trace(_heat_map(each, grid), row=1, col=column)
    made.update_layout(
        template=template(material.scheme),
        uirevision="kept",
        coloraxis={
            "colorscale": SEQUENTIAL[material.scheme],
            "colorbar": {"title": {"text": scale}, "outlinewidth": 0},
        },
    )
    number_epochs(made, material, len(maps), EPOCHS)
    made.update_yaxes(title_text=f"{row}, from the input on", autorange="reversed", col=1)
    return made


def side_by_side(labels: Sequence[str], found: int) -> go.Figure:
    """A row of empty maps, whose titles are broken into lines so that they do not meet; it says if more were found."""
    letters = ROW_LETTERS // len(labels)
    titles = ["<br>".join(wrap(label, letters, break_long_words=False)) for label in labels]
    made = make_subplots(1, len(labels), subplot_titles=titles, shared_yaxes=True)
    made.update_annotations(font={"size": 13 if len(labels) <= FEW_MAPS else 11})
    height = LINE_HEIGHT * max(1 + title.count("<br>") for title in titles)
    made.update_layout(margin={"t": height + LINE_HEIGHT})
    say_left_out(made, len(labels), found, "cells", above=height)
    return made


def number_epochs(made: go.Figure, material: Material, maps: int, title: str = "Epoch") -> None:
    """Under each of a few maps; of many every one has some ticks, and the first the title."""
    axis = epoch_axis(material, title)
    if maps <= FEW_MAPS:
        made.update_xaxes(axis)
    else:
        made.update_xaxes({**axis, "title": None, "dtick": None, "nticks": 4})
        made.update_xaxes(title_text=title, col=1)


def gradient_ratios(material: Material) -> go.Figure:
    """First block against last: below 1 the gradient fades on its way back. Means of logarithms, as ratios want."""
    traces: list[Any] = []
    for each in material.cells:
        runs = [_with_ratio(run) for run in each.cell.shown]
        traces += band_and_line(each, list(curve(runs, RATIO)))
    if not any(len(trace.x or ()) for trace in traces):
        raise CannotDraw(NEEDS)
    return figure(
        material,
        traces,
        hovermode="x unified",
        xaxis=epoch_axis(material, EPOCHS),
        yaxis={"title": {"text": "log10 of first by last block"}, "zeroline": True},
    )


RATIO = "ratio"


def _with_ratio(run: RunRecord) -> RunRecord:
    ratios = {layers.epoch: gradient_ratio(layers) for layers in run.layers}
    logs = {epoch: log10(ratio) for epoch, ratio in ratios.items() if ratio}
    return RunRecord(run.id, run.name, run.spec, run.status, {RATIO: Series.of(logs)})


Grid = Mapping[int, tuple[Sequence[str], Sequence[float]]]
"""Epoch to the blocks' names and mean log10 gradients."""


def _grid(runs: Sequence[Sequence[LayerGradients]]) -> Grid:
    """Mean over the seeds of the logarithm."""
    at: dict[int, list[LayerGradients]] = {}
    for run in runs:
        for layers in run:
            at.setdefault(layers.epoch, []).append(layers)
    return {
        epoch: (
            found[0].names,
            [fmean(map(_log, column)) for column in zip(*(layers.gradients for layers in found), strict=False)],
        )
        for epoch, found in sorted(at.items())
    }


def _log(gradient: float) -> float:
    # Exactly zero has no logarithm: it counts as the smallest float.
    return log10(max(gradient, 1e-300))


def _heat_map(each: Drawn, grid: Grid) -> go.Heatmap:
    depth = max(len(values) for _, values in grid.values())
    names = max((names for names, _ in grid.values()), key=len)
    return go.Heatmap(
        uid=each.uid,
        name=each.label,
        x=list(grid),
        y=list(range(1, depth + 1)),
        z=[[values[place] if place < len(values) else None for _, values in grid.values()] for place in range(depth)],
        text=[[names[place]] * len(grid) for place in range(depth)],
        coloraxis="coloraxis",
        hovertemplate="%{text}, epoch %{x}: 10^%{z:.2f}<extra>%{fullData.name}</extra>",
    )
