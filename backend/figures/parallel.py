"""Parallel coordinates: a line per run over the settings that differ and the results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from backend.evidence import measures
from backend.evidence.derived import selected_on
from backend.evidence.measures import Measure
from backend.evidence.records import RunRecord
from backend.figures.context import CannotDraw, Context, figure, note_left_out
from backend.figures.kind import Kind, nothing
from backend.figures.style import INKS
from skiplab.contract.palette import HUES

MOST_FIELDS = 6
"""More axes become unreadable."""

MOST_CHOICES = 12
"""Up to this many values are evenly spaced ticks, which suits rates and sizes; more become a numeric scale."""

AXIS_WIDTH = 120
"""Minimum pixels between axes, so that their names do not overlap."""

RIGHT = 84
"""Pixels right of the last axis: half of the longest name, "selected on validation"."""

LETTER, MOST_LETTERS = 7, 11
"""Pixels of one letter; the first axis's tick texts, left of it, need a wider margin beyond this many letters."""

LABEL_HEIGHT = 40
"""Pixels over the axes for their names, of at most two lines."""


def parallel(context: Context, _: None) -> go.Figure:
    every = [run for each in context.cells for run in each.cell.runs]
    runs = sorted((run for run in every if _best(run) is not None), key=lambda run: run.id)
    if len(runs) < 2:
        raise CannotDraw("Parallel coordinates need at least two runs with a test accuracy.")
    best = [value for run in runs if (value := _best(run)) is not None]
    last = {"label": f"Best test accuracy<br>{selected_on(runs)}", "values": best, "tickformat": ".1%"}
    differing = _fields(runs)
    dimensions = [*_network(context, runs), *differing[:MOST_FIELDS], *_costs(runs), last]
    ink = INKS[context.scheme]
    good, poor = HUES[context.scheme][:2]
    font = {"color": ink.text, "size": 12, "shadow": "none"}
    left = 90 + max(0, LETTER * (max(map(len, dimensions[0].get("ticktext", [""]))) - MOST_LETTERS))
    made = figure(
        context,
        [
            go.Parcoords(
                uid="runs",
                dimensions=dimensions,
                # Thin lines need strong colours; orange and blue are distinguishable with colour blindness.
                line={"color": best, "colorscale": [[0, poor], [1, good]], "showscale": False},
                labelfont=font,
                tickfont={**font, "color": ink.faint},
                rangefont={"color": "rgba(0,0,0,0)"},
                unselected={"line": {"color": ink.faint, "opacity": 0.12}},
                meta={"runs": [run.id for run in runs]},
            )
        ],
        margin={"l": left, "r": RIGHT, "t": 56, "b": 28},
        width=left + RIGHT + AXIS_WIDTH * (len(dimensions) - 1),
    )
    note_left_out(made, min(len(differing), MOST_FIELDS), len(differing), "differing fields", above=LABEL_HEIGHT)
    return made


def _best(run: RunRecord) -> float | None:
    return measures.value(run, Measure.BEST_ACCURACY)


def _network(context: Context, runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    names = [network.label if (network := context.networks.get(run.spec.model)) else run.spec.model for run in runs]
    return [_choices("Network", names, order=list(dict.fromkeys(names)))] if len(set(names)) > 1 else []


def _fields(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Spec fields that differ, without telemetry, which changes no result."""
    specs = [run.spec.model_dump(mode="json", exclude={"model", "telemetry"}) for run in runs]
    titles = {name: field.title or name for name, field in type(runs[0].spec).model_fields.items()}
    differing = [name for name in specs[0] if len({str(spec[name]) for spec in specs}) > 1]
    return [_axis(titles[name], [spec[name] for spec in specs]) for name in differing]


def _axis(title: str, values: Sequence[Any]) -> dict[str, Any]:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    different = {str(value): value for value in values}
    if len(numbers) < len(values):
        return _choices(title, [_text(value) for value in values], order=sorted({_text(value) for value in values}))
    if len(different) <= MOST_CHOICES:
        return _choices(title, [_text(value) for value in values], order=[_text(v) for v in sorted(different.values())])
    return {"label": title, "values": list(values)}


def _choices(title: str, values: Sequence[str], *, order: Sequence[str]) -> dict[str, Any]:
    return {
        "label": title,
        "values": [order.index(value) for value in values],
        "tickvals": list(range(len(order))),
        "ticktext": list(order),
        "range": [-0.2, len(order) - 0.8],
    }


def _costs(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Seconds per epoch, if every run has them."""
    seconds = [value for run in runs if (value := measures.value(run, Measure.SECONDS_PER_EPOCH)) is not None]
    return [{"label": "Seconds per epoch", "values": seconds}] if len(seconds) == len(runs) else []


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


KIND = Kind(
    "parallel",
    title="Parallel coordinates",
    help="One line per run, from worst (orange) to best (blue). Drag along an axis to filter runs, or drag an axis by"
    " its name to move it.",
    wide=True,
    load=nothing,
    build=parallel,
)
