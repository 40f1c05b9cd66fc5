"""How long each cell took to a target accuracy: bars with intervals; all are cut at the budget that all had."""

import plotly.graph_objects as go

from backend.evidence.censoring import TimeToTarget, restrict
from backend.evidence.intervals import Summary, summarise
from backend.evidence.measures import QUANTITIES, time_to_target
from backend.figures.material import CannotDraw, Drawn, Material, figure
from backend.figures.style import INKS


def targets(material: Material) -> go.Figure:
    timed = [(each, times) for each in material.cells if (times := _times(material, each))]
    if not timed:
        raise CannotDraw("None of these runs has finished with an accuracy yet.")
    # All cells share one budget, or their bars could not be compared.
    restricted = restrict([times for _, times in timed])
    quantity = QUANTITIES[material.time]
    bars = [
        _bar(each, summary, f"{arrived} of {len(values)}")
        for (each, _), values, arrived in zip(timed, restricted.values, restricted.arrived, strict=True)
        if (summary := summarise(values)) is not None
    ]
    ink = INKS[material.scheme]
    cut = restricted.budget
    return figure(
        material,
        bars,
        showlegend=False,
        bargap=0.35,
        xaxis={"title": {"text": f"{quantity.label.capitalize()} ({material.target:.0%} test accuracy)"}},
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
                "text": "budget that all had",
                "showarrow": False,
            }
        ],
    )


def _times(material: Material, each: Drawn) -> list[TimeToTarget]:
    found = [time_to_target(run, material.time, material.target) for run in each.cell.seeds.values()]
    return [time for time in found if time is not None]


def _bar(each: Drawn, summary: Summary, got_there: str) -> go.Bar:
    interval = summary.interval()
    return go.Bar(
        uid=each.uid,
        name=each.name,
        x=[summary.mean],
        y=[each.label],
        orientation="h",
        marker={"color": each.look.colour},
        text=[f"{got_there} got there"],
        textposition="inside",
        insidetextanchor="start",
        error_x=None if interval is None else {"type": "data", "array": [interval.high - summary.mean]},
        hovertemplate="%{x:.4g} (%{text})<extra>%{fullData.name}</extra>",
        meta={"runs": [run.id for run in each.cell.runs]},
    )
