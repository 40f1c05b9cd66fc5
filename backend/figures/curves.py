"""Curves: the mean over the seeds of each cell, with a band for its 95 % interval."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go

from backend.evidence.cells import EpochSummary, curve
from backend.evidence.intervals import MIN_SEEDS
from backend.evidence.records import RunRecord, Series
from backend.figures.material import CannotDraw, Drawn, Material, epoch_axis, figure
from backend.figures.style import BAND_OPACITY, faded
from skiplab.contract.metrics import Metric


def curves(material: Material) -> go.Figure:
    return _over_epochs(material, material.key, axis(material.key), lambda run: run.get(material.key))


def gap(material: Material) -> go.Figure:
    """How much better a network knows what it was trained on."""
    return _over_epochs(material, Metric.GAP, axis(Metric.GAP), lambda run: run.get(Metric.GAP))


def loss(material: Material) -> go.Figure:
    """Of training and test, as the report drew it for each network."""
    return _both(material, Metric.TRAIN_EVAL_LOSS, Metric.TRAIN_LOSS, Metric.TEST_LOSS)


def accuracy(material: Material) -> go.Figure:
    return _both(material, Metric.TRAIN_EVAL_ACCURACY, Metric.TRAIN_ACCURACY, Metric.TEST_ACCURACY)


def _both(material: Material, measured: Metric, running: Metric, test: Metric) -> go.Figure:
    """Training in eval mode where that was measured, else its running mean; both halves of a cell in one colour."""
    traces: list[go.Scatter] = []
    for each in material.cells:
        train = measured if any(run.get(measured) for run in each.cell.shown) else running
        for part, key, dash in (("train", train, "solid"), ("test", test, "dash")):
            if points := list(curve(each.cell.shown, key)):
                half = replace(each, label=f"{each.label}, {part}", look=replace(each.look, dash=dash))
                traces += [trace.update(uid=f"{trace.uid}-{part}") for trace in band_and_line(half, points)]
    if not traces:
        raise CannotDraw(f"None of these runs has measured {test} yet.")
    vertical = {**axis(test), "title": {"text": "Loss" if test == Metric.TEST_LOSS else "Accuracy"}}
    return figure(material, traces, hovermode="x unified", xaxis=epoch_axis(material), yaxis=vertical)


def axis(key: Metric) -> dict[str, Any]:
    """An interval may reach beyond what a quantity can be; the axis does not follow it there."""
    quantity = key.quantity
    bounds = {"clipmin": quantity.lowest, "clipmax": quantity.highest}
    return {
        "title": {"text": quantity.title},
        "autorangeoptions": {end: bound for end, bound in bounds.items() if bound is not None},
        **({"tickformat": "~%"} if quantity.unit == "fraction" else {"rangemode": "tozero"}),
    }


def band_and_line(each: Drawn, points: Sequence[EpochSummary]) -> Iterable[go.Scatter]:
    """The band under the line; none where fewer than three seeds leave an interval that tells nothing."""
    wide = [point for point in points if point.interval is not None and point.summary.n >= MIN_SEEDS]
    if wide:
        epochs = [point.epoch for point in wide]
        high = [point.interval.high for point in wide if point.interval]
        low = [point.interval.low for point in wide if point.interval]
        yield go.Scatter(
            uid=f"{each.uid}-band",
            x=epochs + epochs[::-1],
            y=high + low[::-1],
            fill="toself",
            fillcolor=faded(each.look.colour, BAND_OPACITY),
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
        y=[point.summary.mean for point in points],
        customdata=[[point.summary.n, _spread(point)] for point in points],
        mode="lines+markers" if len(points) <= 24 else "lines",
        line={"color": each.look.colour, "dash": each.look.dash, "width": 2},
        marker={"symbol": each.look.marker, "size": 5},
        hovertemplate="%{y:.4g}%{customdata[1]}, n = %{customdata[0]}",
        legendgroup=each.uid,
        meta={"runs": [run.id for run in each.cell.shown]},
    )


def _over_epochs(
    material: Material, key: str, vertical: dict[str, Any], series: Callable[[RunRecord], Series]
) -> go.Figure:
    traces: list[go.Scatter] = []
    for each in material.cells:
        runs = [replace(run, series={key: series(run)}) for run in each.cell.shown]
        if points := list(curve(runs, key)):
            traces += band_and_line(each, points)
    if not traces:
        raise CannotDraw(f"None of these runs has measured {key} yet.")
    return figure(
        material,
        traces,
        hovermode="x unified",
        xaxis=epoch_axis(material),
        yaxis=vertical,
    )


def _spread(point: EpochSummary) -> str:
    return f" (sd {point.summary.sd:.2g})" if point.summary.sd is not None else ""
