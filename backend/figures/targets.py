"""Time to a target accuracy: bars with intervals, restricted to the common budget."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.evidence.censoring import TimeToTarget, restrict
from backend.evidence.intervals import Summary, summarise
from backend.evidence.measures import time_to_target
from backend.evidence.numbers import percent
from backend.figures.context import CannotDraw, Context, Drawn, figure
from backend.figures.kind import Kind, nothing
from backend.figures.style import INKS


def targets(context: Context, _: None) -> go.Figure:
    timed = [(each, times) for each in context.cells if (times := _times(context, each))]
    if not timed:
        raise CannotDraw("None of these runs has finished with an accuracy yet.")
    # All cells share one budget, or their bars could not be compared.
    restricted = restrict([times for _, times in timed])
    measure, target = context.options.time.measure, context.options.shown_target
    bars = [
        _bar(each, summary, f"{arrived} of {len(values)}")
        for (each, _), values, arrived in zip(timed, restricted.values, restricted.arrived, strict=True)
        if (summary := summarise(values)) is not None
    ]
    ink = INKS[context.scheme]
    cut = restricted.budget
    return figure(
        context,
        bars,
        showlegend=False,
        bargap=0.35,
        xaxis={"title": {"text": f"{measure.label.capitalize()} ({percent(target)} test accuracy)"}},
        yaxis={"autorange": "reversed"},
        shapes=[]
        if cut is None
        else [
            {"type": "line", "x0": cut, "x1": cut, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": ink.faint}},
        ],
        annotations=[]
        if cut is None
        else [
            {
                "x": cut,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": "common budget",
                "showarrow": False,
            }
        ],
    )


def _times(context: Context, each: Drawn) -> list[TimeToTarget]:
    found = [
        time_to_target(run, context.options.time.measure, context.options.shown_target)
        for run in each.cell.seeds.values()
    ]
    return [time for time in found if time is not None]


def _bar(each: Drawn, summary: Summary, reached: str) -> go.Bar:
    interval = summary.interval()
    return go.Bar(
        uid=each.uid,
        name=each.name,
        x=[summary.mean],
        y=[each.label],
        orientation="h",
        marker={"color": each.style.colour},
        text=[f"{reached} reached"],
        textposition="inside",
        insidetextanchor="start",
        error_x=None if interval is None else {"type": "data", "array": [interval.high - summary.mean]},
        hovertemplate="%{x:.4g} (%{text})<extra>%{fullData.name}</extra>",
        meta={"runs": [run.id for run in each.cell.runs]},
    )


KIND = Kind(
    "targets",
    title="Time to target accuracy",
    help="Where some runs did not reach the target, all times are restricted to the common budget; no run is dropped.",
    options=("time", "target"),
    load=nothing,
    build=targets,
)
