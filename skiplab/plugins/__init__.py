"""Decorators by which a plugin offers its networks, data sets and metrics. Each call registers one declaration.

Light: a plugin's file is imported where there may be no torch.
"""

from skiplab.plugins.datasets import class_names, dataset
from skiplab.plugins.declarations import (
    Declared,
    DeclaredDataset,
    DeclaredMetric,
    DeclaredModel,
    declared_by,
    recorded,
)
from skiplab.plugins.failures import BadPlugin
from skiplab.plugins.metrics import metric
from skiplab.plugins.networks import model, models_of

__all__ = [
    "BadPlugin",
    "Declared",
    "DeclaredDataset",
    "DeclaredMetric",
    "DeclaredModel",
    "class_names",
    "dataset",
    "declared_by",
    "metric",
    "model",
    "models_of",
    "recorded",
]
