"""Best accuracy against parameters, FLOPs or training time, with the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from backend.evidence import measures
from backend.evidence.derived import selected_on
from backend.evidence.intervals import Summary, summarise
from backend.evidence.measures import Measure
from backend.figures import kind
from backend.figures.context import CannotDraw, Context, Drawn, figure, note
from backend.figures.kind import nothing
from backend.figures.lines import axis
from backend.figures.style import INKS
from skiplab.contract.evidence import Kind
from skiplab.contract.metrics import Metric


@dataclass(frozen=True)
class Point:
    drawn: Drawn
    cost: float
    accuracy: Summary


def cost(context: Context, _: None) -> go.Figure:
    measure = context.options.x.measure
    found = [_point(measure, each) for each in context.cells]
    points = [point for point in found if point is not None]
    if not points:
        raise CannotDraw(f"None of these runs has both an accuracy and {measure.label} yet.")
    unknown = [each.label for each in context.cells if _cost(measure, each) is None and _accuracy(each) is not None]
    ink = INKS[context.scheme]
    best = front(points)
    line = go.Scatter(
        uid="front",
        name="Pareto front",
        x=[point.cost for point in best],
        y=[point.accuracy.mean for point in best],
        mode="lines",
        # Drawn as steps: between two networks no cheaper one reaches the better one's accuracy.
        line={"color": ink.faint, "width": 1, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
    )
    scale = {"type": "log", "nticks": 6, "tickangle": 0} if measure.kind == Kind.FACT else {"rangemode": "tozero"}
    selected = selected_on(run for point in points for run in point.drawn.cell.seeds.values())
    made = figure(
        context,
        [line, *(_marker(point) for point in points)],
        xaxis={"title": {"text": _title(measure)}, **scale},
        yaxis={**axis(Metric.TEST_ACCURACY.quantity), "title": {"text": f"Best test accuracy, {selected}"}},
    )
    if unknown:
        note(made, f"Not shown, {measure.label} unknown: {', '.join(unknown)}")
    return made


def front(points: Sequence[Point]) -> list[Point]:
    """Return the Pareto front in order of cost: each point is more accurate than all cheaper ones."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda point: (point.cost, -point.accuracy.mean)):
        if not kept or point.accuracy.mean > kept[-1].accuracy.mean:
            kept.append(point)
    return kept


def _point(measure: Measure, each: Drawn) -> Point | None:
    accuracy, spent = _accuracy(each), _cost(measure, each)
    return None if accuracy is None or spent is None else Point(each, spent, accuracy)


def _accuracy(each: Drawn) -> Summary | None:
    runs = each.cell.seeds.values()
    return summarise([v for run in runs if (v := measures.value(run, Measure.BEST_ACCURACY)) is not None])


def _cost(measure: Measure, each: Drawn) -> float | None:
    """The network's cost, or the mean over the seeds; None if unknown."""
    if measure.kind == Kind.FACT:
        return measures.fact(each.cell.runs, measure)
    runs = each.cell.seeds.values()
    spent = summarise([value for run in runs if (value := measures.value(run, measure)) is not None])
    return spent.mean if spent is not None and spent.mean > 0 else None


def _title(measure: Measure) -> str:
    unit = f" ({measure.unit})" if measure.unit else ""
    return f"{measure.label[:1].upper()}{measure.label[1:]}{unit}"


def _marker(point: Point) -> go.Scatter:
    each, interval = point.drawn, point.accuracy.interval()
    selected = selected_on(each.cell.seeds.values())
    return go.Scatter(
        uid=each.uid,
        name=each.name,
        x=[point.cost],
        y=[point.accuracy.mean],
        error_y=None
        if interval is None
        else {"type": "data", "array": [interval.high - point.accuracy.mean], "color": each.style.colour},
        mode="markers",
        marker={"color": each.style.colour, "symbol": each.style.marker, "size": 11},
        hovertemplate=f"%{{y:.2%}}, {selected}, at %{{x:.4s}}<extra>%{{fullData.name}}</extra>",
        meta={"runs": [run.id for run in each.cell.runs]},
    )


KIND = kind.Kind(
    "cost",
    title="Accuracy vs. cost",
    help="Pareto front: no other network is both more accurate and cheaper.",
    options=("x",),
    load=nothing,
    build=cost,
)
