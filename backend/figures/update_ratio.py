"""How far an optimiser step moves each layer, relative to its weight."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.evidence import loading
from backend.figures.context import CannotDraw, Context
from backend.figures.depth import STEPS, ByRun, Flow, known, maps
from backend.figures.kind import Kind, Source


def update_ratios(context: Context, updates: ByRun) -> go.Figure:
    found = [Flow(each, STEPS, known(each, updates)) for each in context.cells]
    flows = [flow for flow in found if flow.runs]
    if not flows:
        raise CannotDraw("None of these runs has logged update ratios: its telemetry must include layers.")
    return maps(context, flows)


def _load(source: Source) -> ByRun:
    return loading.update_ratios(source.session, source.run_ids)


KIND = Kind(
    "update-ratio",
    title="Update-to-weight ratio",
    help="Size of an optimiser step relative to the weight, per layer. Rows are layers, input to output.",
    wide=True,
    plain=True,
    load=_load,
    build=update_ratios,
)
