"""One metric over epochs."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.figures.context import Context
from backend.figures.kind import Kind, nothing
from backend.figures.lines import over_epochs


def curves(context: Context, _: None) -> go.Figure:
    return over_epochs(context, context.quantity)


KIND = Kind(
    "curves",
    title="Metric over epochs",
    help="Mean over the seeds of each configuration, with the 95% CI of the mean where there are at least 3.",
    options=("key",),
    load=nothing,
    build=curves,
)
