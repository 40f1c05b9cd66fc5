"""Training and test accuracy over epochs."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.figures.context import Context
from backend.figures.kind import Kind, nothing
from backend.figures.lines import training_and_test
from skiplab.contract.metrics import Metric


def accuracy(context: Context, _: None) -> go.Figure:
    return training_and_test(
        context, Metric.TRAIN_EVAL_ACCURACY, Metric.TRAIN_ACCURACY, Metric.TEST_ACCURACY, title="Accuracy"
    )


KIND = Kind(
    "accuracy",
    title="Training and test accuracy",
    help="Training accuracy in eval mode where it was measured, else the mean over the epoch; test accuracy dashed.",
    load=nothing,
    build=accuracy,
)
