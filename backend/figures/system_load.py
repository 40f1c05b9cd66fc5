"""The machine's load while runs trained: utilisation above, memory below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from backend.db import evidence as queries
from backend.figures.context import CannotDraw, Context, Drawn
from backend.figures.kind import Kind, Source
from backend.figures.style import template
from skiplab.contract.palette import HUES
from skiplab.contract.telemetry import SystemSample

MOST_POINTS = 600
"""Points per line; beyond that each is the mean of several samples, as the axis title says."""

SHORT_SECONDS = 120
"""Runs shorter than this have an axis of seconds, not of hundredths of a minute."""

PAUSE_SECONDS = 60
"""Samples further apart belong to two attempts: no line connects them."""

Read = Callable[[SystemSample], float | None]
Samples = Sequence[SystemSample]

Loads = Mapping[int, Samples]
"""Samples by run, in order."""

ROWS: Sequence[Sequence[tuple[str, Read]]] = (
    (("GPU", lambda sample: sample.gpu), ("CPU", lambda sample: sample.cpu)),
    (("GPU memory", lambda sample: sample.gpu_memory), ("Trainer's memory", lambda sample: sample.memory)),
)


def system_load(context: Context, loads: Loads) -> go.Figure:
    from plotly.subplots import make_subplots  # imports all of Plotly, see context.py

    runs = [(each, run.id) for each in context.cells for run in each.cell.runs if loads.get(run.id)]
    if not runs:
        raise CannotDraw("None of these runs has logged the system load: its telemetry must include system.")
    longest = max((loads[run_id][-1].time - loads[run_id][0].time).total_seconds() for _, run_id in runs)
    unit, seconds = ("Seconds", 1) if longest < SHORT_SECONDS else ("Minutes", 60)
    together = max(ceil(len(loads[run_id]) / MOST_POINTS) for _, run_id in runs)
    made = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.09)
    for each, run_id in runs:
        for row, quantities in enumerate(ROWS, start=1):
            for place, (what, read) in enumerate(quantities):
                x, y = _points(loads[run_id], read, together, seconds)
                if any(value is not None for value in y):
                    style = _style(context, each, row, place, alone=len(runs) == 1)
                    name = what if len(runs) == 1 else f"{each.label}, #{run_id}: {what}"
                    uid = f"load-{run_id}-{row}-{place}"
                    made.add_trace(go.Scatter(uid=uid, name=name, x=x, y=y, mode="lines", line=style), row, 1)
    made.update_layout(template=template(context.scheme), uirevision="kept", hovermode="x unified")
    made.update_yaxes(title_text="Utilisation", tickformat=".0%", range=[0, 1.02], row=1)
    made.update_yaxes(title_text="Memory", tickformat="~s", ticksuffix="B", rangemode="tozero", row=2)
    each_point = f"; mean of {together} samples per point" if together > 1 else ""
    made.update_xaxes(title_text=f"{unit} since start{each_point}", rangemode="tozero", ticklabelstandoff=4, row=2)
    return made


def _style(context: Context, each: Drawn, row: int, place: int, *, alone: bool) -> dict[str, Any]:
    """A single run has a colour per line; several have one each, and a dash per device."""
    colour = HUES[context.scheme][2 * (row - 1) + place] if alone else each.style.colour
    return {"color": colour, "width": 2, "dash": "dot" if place and not alone else "solid"}


def _points(samples: Samples, read: Read, together: int, unit: float) -> tuple[list[float], list[float | None]]:
    """Return times in units of `unit` seconds, and values, with a gap between attempts."""
    x: list[float] = []
    y: list[float | None] = []
    for stretch in _stretches(samples):
        for start in range(0, len(stretch), together):
            part = stretch[start : start + together]
            values = [value for sample in part if (value := read(sample)) is not None]
            x.append((part[0].time - samples[0].time).total_seconds() / unit)
            y.append(fmean(values) if values else None)
        x.append(x[-1])
        y.append(None)
    return x, y


def _stretches(samples: Samples) -> Iterator[Samples]:
    begin = 0
    for place in range(1, len(samples)):
        if (samples[place].time - samples[place - 1].time).total_seconds() > PAUSE_SECONDS:
            yield samples[begin:place]
            begin = place
    yield samples[begin:]


def _load(source: Source) -> Loads:
    return queries.loads(source.session, source.run_ids)


KIND = Kind(
    "load",
    title="System load",
    help="CPU: all processes on all cores; GPU: utilisation. Memory: of the trainer, and of the GPU in total. Sampled"
    " every 5 s.",
    load=_load,
    build=system_load,
)
