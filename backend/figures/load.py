"""How busy the machine was while runs trained: shares of time above, memory below."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from statistics import fmean
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.figures.material import CannotDraw, Drawn, Material
from backend.figures.style import template
from skiplab.contract.palette import HUES
from skiplab.contract.telemetry import SystemSample

MOST_POINTS = 600
"""Of a line. Beyond them each point is the mean of several looks, and the axis says so."""

PAUSE_SECONDS = 60
"""Looks further apart belong to two attempts: no line is drawn between them."""

Read = Callable[[SystemSample], float | None]
Looks = Sequence[SystemSample]

ROWS: Sequence[Sequence[tuple[str, Read]]] = (
    (("GPU", lambda look: look.gpu), ("CPU", lambda look: look.cpu)),
    (("GPU memory", lambda look: look.gpu_memory), ("Trainer's memory", lambda look: look.memory)),
)


def load(material: Material) -> go.Figure:
    runs = [(each, run.id) for each in material.cells for run in each.cell.runs if material.loads.get(run.id)]
    if not runs:
        raise CannotDraw("None of these runs has kept the load: the spec's telemetry must include system.")
    together = max(ceil(len(material.loads[run_id]) / MOST_POINTS) for _, run_id in runs)
    made = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.09)
    for each, run_id in runs:
        for row, quantities in enumerate(ROWS, start=1):
            for place, (what, read) in enumerate(quantities):
                x, y = _points(material.loads[run_id], read, together)
                if any(value is not None for value in y):
                    look = _look(material, each, row, place, alone=len(runs) == 1)
                    name = what if len(runs) == 1 else f"{each.label}, #{run_id}: {what}"
                    uid = f"load-{run_id}-{row}-{place}"
                    made.add_trace(go.Scatter(uid=uid, name=name, x=x, y=y, mode="lines", line=look), row, 1)
    made.update_layout(template=template(material.scheme), uirevision="kept", hovermode="x unified")
    made.update_yaxes(title_text="Busy", tickformat=".0%", range=[0, 1.02], row=1)
    made.update_yaxes(title_text="Memory", tickformat="~s", ticksuffix="B", rangemode="tozero", row=2)
    each_point = f"; each point is the mean of {together} looks" if together > 1 else ""
    made.update_xaxes(title_text=f"Minutes since the first look{each_point}", rangemode="tozero", row=2)
    return made


def _look(material: Material, each: Drawn, row: int, place: int, *, alone: bool) -> dict[str, Any]:
    """A run alone has a colour for each line; beside others its own, and a dash for each device."""
    colour = HUES[material.scheme][2 * (row - 1) + place] if alone else each.look.colour
    return {"color": colour, "width": 2, "dash": "dot" if place and not alone else "solid"}


def _points(looks: Looks, read: Read, together: int) -> tuple[list[float], list[float | None]]:
    """Minutes and values, with a gap between the stretches."""
    x: list[float] = []
    y: list[float | None] = []
    for stretch in _stretches(looks):
        for start in range(0, len(stretch), together):
            part = stretch[start : start + together]
            values = [value for look in part if (value := read(look)) is not None]
            x.append((part[0].time - looks[0].time).total_seconds() / 60)
            y.append(fmean(values) if values else None)
        x.append(x[-1])
        y.append(None)
    return x, y


def _stretches(looks: Looks) -> Iterator[Looks]:
    begin = 0
    for place in range(1, len(looks)):
        if (looks[place].time - looks[place - 1].time).total_seconds() > PAUSE_SECONDS:
            yield looks[begin:place]
            begin = place
    yield looks[begin:]
