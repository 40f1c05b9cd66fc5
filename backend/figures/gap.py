"""The generalisation gap over epochs."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.figures.context import Context
from backend.figures.kind import Kind, nothing
from backend.figures.lines import over_epochs
from skiplab.contract.metrics import Metric


def gap(context: Context, _: None) -> go.Figure:
    return over_epochs(context, Metric.GAP.quantity)


KIND = Kind(
    "gap",
    title=Metric.GAP.quantity.title,
    help="Training minus test accuracy, both in eval mode; mean over seeds.",
    plain=True,
    load=nothing,
    build=gap,
)
