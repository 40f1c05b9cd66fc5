"""Evaluate all claims on the runs given, without any I/O."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from backend.evidence import missing
from backend.evidence.cells import Cell, cells
from backend.evidence.claim import Claim, ClaimSet
from backend.evidence.final_value import AnyMeasure
from backend.evidence.judgement import Judgement
from backend.evidence.launch_offers import Own
from backend.evidence.match import Match, matches
from backend.evidence.multiplicity import holm
from backend.evidence.records import NetworkFacts, RunRecord
from backend.evidence.sequential import ALPHA
from backend.evidence.verdict import judge
from skiplab.contract import evidence as contract
from skiplab.contract.evidence import Missing, Verdict

Judged = Mapping[str, Sequence[tuple[Match, Judgement]]]
"""Map a claim to its comparisons."""


ClaimEvidence: TypeAlias = contract.ClaimEvidence[AnyMeasure]
SetEvidence: TypeAlias = contract.SetEvidence[AnyMeasure]


def evaluate(
    sets: Sequence[ClaimSet],
    runs: Sequence[RunRecord],
    networks: Mapping[str, NetworkFacts],
    target: float | None = None,
) -> list[SetEvidence]:
    """Evaluate every set. `target`: a test accuracy that replaces the claims' own targets."""
    groups = cells(runs)
    return [_of_set(claims, groups, runs, networks, target) for claims in sets]


def _of_set(
    claims: ClaimSet,
    groups: Sequence[Cell],
    runs: Sequence[RunRecord],
    networks: Mapping[str, NetworkFacts],
    target: float | None,
) -> SetEvidence:
    judged = _adjusted(
        claims,
        {
            claim.id: [(match, judge(claim, claims, match, target)) for match in matches(claim, groups)]
            for claim in claims.claims
        },
    )
    own = {key: network.sets for key, network in networks.items()}
    return SetEvidence(
        key=claims.key,
        title=claims.title,
        source=claims.source,
        size=claims.size,
        claims=[_of_claim(claim, claims, judged[claim.id], runs, own) for claim in claims.claims],
    )


def _of_claim(
    claim: Claim, claims: ClaimSet, judged: Sequence[tuple[Match, Judgement]], runs: Sequence[RunRecord], own: Own
) -> ClaimEvidence:
    if not judged:
        lacking = missing.of_untested(claim, claims, runs, own)
        return _claim(claim, Verdict.UNTESTED, f"Untested: {lacking.why}.", [], lacking)
    match, first = judged[0]
    settles = missing.of_judged(claim, match, first, runs, own)
    return _claim(claim, first.verdict, first.why, [judgement for _, judgement in judged], settles)


def _claim(
    claim: Claim, verdict: Verdict, why: str, judgements: list[Judgement], settles: Missing | None
) -> ClaimEvidence:
    return ClaimEvidence(
        id=claim.id,
        sentence=claim.sentence,
        note=claim.note,
        verdict=verdict,
        why=why,
        judgements=judgements,
        missing=settles,
    )


def _adjusted(claims: ClaimSet, judged: Judged) -> Judged:
    """Apply Holm's adjustment separately for each recipe, since each is an experiment of its own. A claim enters with
    its first comparison there."""
    counted = [claim for claim in claims.claims if claim.counts]
    ps: dict[tuple[str, int], float] = {}
    for recipe in {match.recipe for found in judged.values() for match, _ in found}:
        places = [_entering(claim, judged[claim.id], recipe) for claim in counted]
        entering = [
            None if place is None else judged[claim.id][place][1] for claim, place in zip(counted, places, strict=True)
        ]
        # A later analysis has a lower alpha; its p is scaled accordingly.
        raw = [1.0 if each is None or each.p is None else min(1.0, each.p * ALPHA / each.level) for each in entering]
        for claim, place, adjusted in zip(counted, places, holm(raw), strict=True):
            if place is not None:
                ps[claim.id, place] = adjusted
    return {
        id: [(match, _with_adjusted(each, ps.get((id, place)))) for place, (match, each) in enumerate(found)]
        for id, found in judged.items()
    }


def _with_adjusted(judgement: Judgement, p: float | None) -> Judgement:
    if p is None:
        return judgement
    kept = judgement.verdict in (Verdict.UNTESTED, Verdict.INCONCLUSIVE) or p < ALPHA
    verdict = judgement.verdict if kept else Verdict.INCONCLUSIVE
    return judgement.model_copy(update={"adjusted_p": p, "adjusted_verdict": verdict})


def _entering(claim: Claim, judged: Sequence[tuple[Match, Judgement]], recipe: str) -> int | None:
    """Index of the comparison. A claim about facts enters under every recipe, since its answer is the same."""
    return next((place for place, (match, _) in enumerate(judged) if claim.is_of_facts or match.recipe == recipe), None)
