"""Helpers to build cells of runs and judge them."""

from collections.abc import Sequence
from typing import Any

from backend.evidence.claim import ClaimSet, built_in
from backend.evidence.evaluate import ClaimEvidence, evaluate
from backend.evidence.records import NetworkFacts, RunRecord
from tests.backend.evidence.runs import COSTS, run

NETWORKS = {key: NetworkFacts(key, key) for key in COSTS}

GOOD = [0.80, 0.81, 0.79, 0.80, 0.82]
POOR = [0.70, 0.71, 0.69, 0.72, 0.70]


def cell(model: str, values: Sequence[float], **fields: Any) -> list[RunRecord]:
    return [run(model, seed, accuracy=[0.1, value], **fields) for seed, value in enumerate(values)]


def judged(claims: ClaimSet, runs: Sequence[RunRecord]) -> ClaimEvidence:
    (found,) = evaluate([claims], runs, NETWORKS)
    return found.claims[0]


def report(runs: Sequence[RunRecord]) -> dict[str, ClaimEvidence]:
    (found,) = evaluate(built_in(), runs, NETWORKS)
    return {claim.id: claim for claim in found.claims}
