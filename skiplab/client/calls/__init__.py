"""The calls of the API, one file a noun: each a generator of steps, which both clients carry out."""

from skiplab.client.calls import (
    catalog,
    evidence,
    experiments,
    figures,
    imports,
    metrics,
    reports,
    runs,
    submit,
    tokens,
    workers,
)

__all__ = [
    "catalog",
    "evidence",
    "experiments",
    "figures",
    "imports",
    "metrics",
    "reports",
    "runs",
    "submit",
    "tokens",
    "workers",
]
