"""Gradient flow: the gradient at each depth, epoch by epoch."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.figures.context import CannotDraw, Context
from backend.figures.depth import NO_GRADIENTS, ByRun, flows_of, maps, weight_gradients
from backend.figures.kind import Kind


def gradients(context: Context, weights: ByRun) -> go.Figure:
    """Draw one row per depth, not per name, so that networks of equal depth compare. Raises CannotDraw."""
    flows = flows_of(context, weights)
    if not flows:
        raise CannotDraw(NO_GRADIENTS)
    return maps(context, flows)


KIND = Kind(
    "gradients",
    title="Gradient flow",
    help="Rows are blocks, input to output; columns are epochs. Colour: log10 RMS gradient, one scale for all. Networks"
    " without repeated blocks are shown per layer, by the norm of the weights' gradient, on a scale of their own.",
    wide=True,
    plain=True,
    load=weight_gradients,
    build=gradients,
)
