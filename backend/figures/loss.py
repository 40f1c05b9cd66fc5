"""Training and test loss over epochs."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.figures.context import Context
from backend.figures.kind import Kind, nothing
from backend.figures.lines import training_and_test
from skiplab.contract.metrics import Metric


def loss(context: Context, _: None) -> go.Figure:
    return training_and_test(context, Metric.TRAIN_EVAL_LOSS, Metric.TRAIN_LOSS, Metric.TEST_LOSS, title="Loss")


KIND = Kind(
    "loss",
    title="Training and test loss",
    help="Training loss in eval mode where it was measured, else the mean over the epoch; test loss dashed.",
    load=nothing,
    build=loss,
)
