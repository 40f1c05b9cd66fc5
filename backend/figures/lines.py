"""Lines over epochs: the mean over the seeds of each cell, with a band for its 95% CI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go

from backend.evidence.cells import EpochSummary, curve
from backend.evidence.intervals import MIN_SEEDS
from backend.figures.context import CannotDraw, Context, Drawn, epoch_axis, figure
from backend.figures.style import BAND_OPACITY, faded
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity


def over_epochs(context: Context, quantity: Quantity) -> go.Figure:
    """Draw one line per cell. Raises CannotDraw."""
    traces: list[go.Scatter] = []
    for each in context.cells:
        if points := list(curve(each.cell.shown, quantity.key)):
            traces += band_and_line(each, points, scale=_scale(quantity))
    return _figure(context, traces, quantity.key, axis(quantity))


def training_and_test(context: Context, measured: Metric, running: Metric, test: Metric, title: str) -> go.Figure:
    """Draw two lines per cell in one colour: training in eval mode if `measured`, else its `running` mean; test dashed.
    Raises CannotDraw."""
    traces: list[go.Scatter] = []
    for each in context.cells:
        train = measured if any(run.get(measured) for run in each.cell.shown) else running
        for part, key, dash in (("train", train, "solid"), ("test", test, "dash")):
            if points := list(curve(each.cell.shown, key)):
                half = replace(each, label=f"{each.label}, {part}", style=replace(each.style, dash=dash))
                traces += [trace.update(uid=f"{trace.uid}-{part}") for trace in band_and_line(half, points)]
    return _figure(context, traces, test, {**axis(test.quantity), "title": {"text": title}})


def _figure(context: Context, traces: Sequence[go.Scatter], key: str, vertical: dict[str, Any]) -> go.Figure:
    if not traces:
        raise CannotDraw(f"None of these runs has logged {key} yet.")
    return figure(context, traces, hovermode="x unified", xaxis=epoch_axis(context), yaxis=vertical)


def axis(quantity: Quantity) -> dict[str, Any]:
    """Its range is clipped to the values that the quantity can have; an interval may exceed them."""
    bounds = {"clipmin": quantity.lowest, "clipmax": quantity.highest}
    return {
        "title": {"text": quantity.title},
        "autorangeoptions": {end: _scale(quantity) * bound for end, bound in bounds.items() if bound is not None},
        **_ticks(quantity),
    }


def _ticks(quantity: Quantity) -> dict[str, str]:
    if quantity.unit != "fraction":
        return {"rangemode": "tozero"}
    return {"ticksuffix": " pp"} if quantity.difference else {"tickformat": "~%"}


def _scale(quantity: Quantity) -> float:
    """Return the factor of drawn values: no tick format of Plotly has percentage points."""
    return 100 if quantity.unit == "fraction" and quantity.difference else 1


def band_and_line(each: Drawn, points: Sequence[EpochSummary], *, scale: float = 1) -> Iterable[go.Scatter]:
    """Yield the band, for epochs with at least MIN_SEEDS seeds, and the line over it, of values times `scale`."""
    wide = [point for point in points if point.interval is not None and point.summary.n >= MIN_SEEDS]
    if wide:
        epochs = [point.epoch for point in wide]
        high = [scale * point.interval.high for point in wide if point.interval]
        low = [scale * point.interval.low for point in wide if point.interval]
        yield go.Scatter(
            uid=f"{each.uid}-band",
            x=epochs + epochs[::-1],
            y=high + low[::-1],
            fill="toself",
            fillcolor=faded(each.style.colour, BAND_OPACITY),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            legendgroup=each.uid,
            showlegend=False,
        )
    yield go.Scatter(
        uid=each.uid,
        name=each.name,
        x=[point.epoch for point in points],
        y=[scale * point.summary.mean for point in points],
        customdata=[[point.summary.n, _spread(point, scale)] for point in points],
        mode="lines+markers" if len(points) <= 24 else "lines",
        line={"color": each.style.colour, "dash": each.style.dash, "width": 2},
        marker={"symbol": each.style.marker, "size": 5},
        hovertemplate="%{y:.4g}%{customdata[1]}, n = %{customdata[0]}",
        legendgroup=each.uid,
        meta={"runs": [run.id for run in each.cell.shown]},
    )


def _spread(point: EpochSummary, scale: float) -> str:
    return f" (sd {scale * point.summary.sd:.2g})" if point.summary.sd is not None else ""
