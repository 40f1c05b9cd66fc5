"""The calls of the API, one file a noun: each a generator of steps, which both clients carry out."""

from skiplab.client.calls import catalog, evidence, experiments, figures, metrics, reports, runs, submit, workers

__all__ = ["catalog", "evidence", "experiments", "figures", "metrics", "reports", "runs", "submit", "workers"]
