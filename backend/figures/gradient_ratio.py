"""The gradient at the first block relative to the last, over epochs."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go

from backend.evidence.cells import curve
from backend.evidence.derived import gradient_ratio
from backend.evidence.records import LayerGradients, RunRecord, Series
from backend.figures.context import CannotDraw, Context, epoch_axis, figure
from backend.figures.depth import EPOCHS, NO_GRADIENTS, ByRun, flows_of, weight_gradients
from backend.figures.kind import Kind
from backend.figures.lines import band_and_line

RATIO = "ratio"


def gradient_ratios(context: Context, weights: ByRun) -> go.Figure:
    """Draw mean log ratios (a ratio is averaged on the log scale). Raises CannotDraw."""
    traces: list[Any] = []
    flows = flows_of(context, weights)
    for flow in flows:
        traces += band_and_line(flow.named(flows), list(curve([_with_ratio(*run) for run in flow.runs], RATIO)))
    if not any(len(trace.x or ()) for trace in traces):
        raise CannotDraw(NO_GRADIENTS)
    return figure(
        context,
        traces,
        hovermode="x unified",
        xaxis=epoch_axis(context, EPOCHS),
        yaxis={"title": {"text": "log10(first / last)"}, "zeroline": True},
    )


def _with_ratio(run: RunRecord, layers: Sequence[LayerGradients]) -> RunRecord:
    ratios = {each.epoch: gradient_ratio(each) for each in layers}
    logs = {epoch: log10(ratio) for epoch, ratio in ratios.items() if ratio}
    return RunRecord(run.id, run.name, run.spec, run.status, {RATIO: Series.of(logs)})


KIND = Kind(
    "gradient-ratio",
    title="First-to-last gradient ratio",
    help="log10 of the gradient at the first block by that at the last. Below 0: vanishing towards the input. Networks"
    " without repeated blocks: first layer by last, by the norm of the weights' gradient.",
    plain=True,
    load=weight_gradients,
    build=gradient_ratios,
)
