"""What accuracy costs: best accuracy against parameters, FLOPs or seconds, and the front that nobody beats in both."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from backend.evidence import measures
from backend.evidence.intervals import Summary, summarise
from backend.evidence.measures import Measure
from backend.figures.curves import axis
from backend.figures.material import CannotDraw, Drawn, Material, figure, say
from backend.figures.style import INKS
from skiplab.contract.metrics import Metric

TITLES = {
    Measure.PARAMETERS: "Parameters",
    Measure.FLOPS: "FLOPs per image, forward",
    Measure.SECONDS_PER_EPOCH: "Seconds of training, whole run",
}


@dataclass(frozen=True)
class Point:
    drawn: Drawn
    cost: float
    accuracy: Summary


def cost(material: Material) -> go.Figure:
    found = [_point(material, each) for each in material.cells]
    points = [point for point in found if point is not None]
    if not points:
        raise CannotDraw(f"None of these runs has both an accuracy and {TITLES[material.x].lower()} yet.")
    unknown = [each.label for each in material.cells if _cost(material, each) is None and _accuracy(each) is not None]
    ink = INKS[material.scheme]
    best = front(points)
    line = go.Scatter(
        uid="front",
        name="Pareto front",
        x=[point.cost for point in best],
        y=[point.accuracy.mean for point in best],
        mode="lines",
        # A step: between two networks nothing cheaper reaches the better one's accuracy.
        line={"color": ink.faint, "width": 1, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
    )
    counts = material.x in (Measure.PARAMETERS, Measure.FLOPS)
    scale = {"type": "log", "nticks": 6, "tickangle": 0} if counts else {"rangemode": "tozero"}
    selected = measures.selected_on(run for point in points for run in point.drawn.cell.seeds.values())
    made = figure(
        material,
        [line, *(_marker(point) for point in points)],
        xaxis={"title": {"text": TITLES[material.x]}, **scale},
        yaxis={**axis(Metric.TEST_ACCURACY), "title": {"text": f"Best test accuracy, {selected}"}},
    )
    if unknown:
        say(made, f"Not drawn, {TITLES[material.x]} not known: {', '.join(unknown)}")
    return made


def front(points: Sequence[Point]) -> list[Point]:
    """From cheap to dear, each better than all that are cheaper."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda point: (point.cost, -point.accuracy.mean)):
        if not kept or point.accuracy.mean > kept[-1].accuracy.mean:
            kept.append(point)
    return kept


def _point(material: Material, each: Drawn) -> Point | None:
    accuracy, spent = _accuracy(each), _cost(material, each)
    return None if accuracy is None or spent is None else Point(each, spent, accuracy)


def _accuracy(each: Drawn) -> Summary | None:
    runs = each.cell.seeds.values()
    return summarise([v for run in runs if (v := measures.value(run, Measure.BEST_ACCURACY)) is not None])


def _cost(material: Material, each: Drawn) -> float | None:
    if material.x == Measure.SECONDS_PER_EPOCH:
        spent = summarise([sum(run.get(Metric.EPOCH_SECONDS).values) for run in each.cell.seeds.values()])
        return spent.mean if spent is not None and spent.mean > 0 else None
    return measures.fact(each.cell.runs, material.x)


def _marker(point: Point) -> go.Scatter:
    each, interval = point.drawn, point.accuracy.interval()
    selected = measures.selected_on(each.cell.seeds.values())
    return go.Scatter(
        uid=each.uid,
        name=each.name,
        x=[point.cost],
        y=[point.accuracy.mean],
        error_y=None
        if interval is None
        else {"type": "data", "array": [interval.high - point.accuracy.mean], "color": each.look.colour},
        mode="markers",
        marker={"color": each.look.colour, "symbol": each.look.marker, "size": 11},
        hovertemplate=f"%{{y:.2%}}, {selected}, at %{{x:.4s}}<extra>%{{fullData.name}}</extra>",
        meta={"runs": [run.id for run in each.cell.runs]},
    )
