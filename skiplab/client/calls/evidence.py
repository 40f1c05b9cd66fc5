"""Verdicts on claims."""

from typing import TypeAlias

from skiplab.client.calls.lookup import WhichExperiment, WhichRuns, selection
from skiplab.client.steps import Steps, get
from skiplab.contract import evidence as contract

Evidence: TypeAlias = contract.Evidence[str]


def evidence(
    runs: WhichRuns | None = None,
    *,
    experiment: WhichExperiment | None = None,
    claims: str | None = None,
    target: float | None = None,
) -> Steps[Evidence]:
    """Return every claim with its verdict on runs or an experiment, the numbers and caveats behind it, and what is
    missing for one. `claims`: key of one set of claims. `target`: test accuracy of times to a target."""
    chosen = yield from selection(runs, experiment)
    return (yield from get("/evidence", Evidence, **chosen, claims=claims, target=target))
