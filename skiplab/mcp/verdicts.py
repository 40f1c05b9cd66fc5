"""Verdicts on claims, never without their numbers, and what is missing for one."""

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from skiplab.client.calls.evidence import Evidence
from skiplab.contract import evidence as contract
from skiplab.contract.evidence import LaunchOffer, Verdict
from skiplab.mcp.answers import Answer, shortened
from skiplab.mcp.chosen import Chosen, ExperimentGiven, RunsGiven, chosen
from skiplab.mcp.door import Call, opened

ClaimEvidence: TypeAlias = contract.ClaimEvidence[str]
Judgement: TypeAlias = contract.Judgement[str]

ClaimGiven = Annotated[str | None, Field(description="Id of one claim; by default all that the runs can test.")]
SetGiven = Annotated[str | None, Field(description="Key of one set of claims; all by default.")]


class Part(BaseModel):
    """One measure that decides a verdict."""

    measure: str
    unit: str
    expect: str
    margin: float = Field(description="The least difference that counts.")
    verdict: Verdict
    effect: float | None = Field(description="The weighted sum of the means; null: not measured.")
    low: float | None = Field(description="Lower end of the effect's interval; null: exact, or too few seeds.")
    high: float | None
    covers: float | None = Field(description="Confidence level of the interval.")
    n: dict[str, int] = Field(description="Network to seeds.")
    pairs: int | None = Field(description="Seeds that both have; null: unpaired.")


class ClaimVerdict(BaseModel):
    """A verdict, with the numbers behind it."""

    claim: str
    sentence: str
    compared: str
    verdict: Verdict
    adjusted_verdict: Verdict | None = Field(description="Adjusted for the other claims of the set (Holm).")
    p: float | None
    adjusted_p: float | None
    why: str
    analysis: str = Field(description="Which analysis of these runs it is, and its alpha.")
    parts: list[Part] = Field(min_length=1)
    caveats: list[str]
    other_comparisons: int = Field(description="Further sets of networks that it was judged on.")


class Judged(Answer):
    n: int = Field(description="Runs that were read.")
    verdicts: list[ClaimVerdict]
    untested: list[str] = Field(description="Ids of claims that these runs cannot test; `missing` says why.")


class MissingFor(BaseModel):
    claim: str
    verdict: Verdict
    why: str
    launches: list[LaunchOffer] = Field(description="`vary` and `spec` for `launch`, into the same experiment.")


class MissingList(Answer):
    n: int = Field(description="Runs that were read.")
    claims: list[MissingFor]
    settled: list[str] = Field(description="Ids of claims for which nothing is missing.")


async def judge(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    claim: ClaimGiven = None,
    claims: SetGiven = None,
) -> Judged:
    """Judge claims on runs: each verdict with effect, interval, n and caveats. Report none of them without these."""
    found = await _evidence(call, chosen(experiment, runs), claims)
    verdicts, untested = [], []
    for each in _wanted(found, claim):
        if each.judgements:
            verdicts.append(_verdict(each, each.judgements[0]))
        else:
            untested.append(each.id)
    caveats = [*found.problems]
    if len(verdicts) > 1:
        caveats.append("Several claims were judged: report the adjusted verdicts.")
    return Judged(
        n=len(found.runs), verdicts=shortened(verdicts, caveats, "claims"), untested=untested, caveats=caveats
    )


async def missing(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    claim: ClaimGiven = None,
    claims: SetGiven = None,
) -> MissingList:
    """Say what claims lack for a verdict, and which launches would settle them."""
    found = await _evidence(call, chosen(experiment, runs), claims)
    wanted = [*_wanted(found, claim)]
    caveats = [*found.problems, "Seeds added after a verdict was seen make a further analysis, at a smaller alpha."]
    lacking = [_missing(each, each.missing, whole=claim is not None) for each in wanted if each.missing is not None]
    if any(each.verdict == Verdict.UNTESTED for each in lacking) and claim is None:
        caveats.append("The launches of an untested claim are given when it is named as `claim`.")
    settled = [each.id for each in wanted if each.missing is None]
    return MissingList(
        n=len(found.runs), claims=shortened(lacking, caveats, "claims"), settled=settled, caveats=caveats
    )


async def _evidence(call: Call, which: Chosen, claims: str | None) -> Evidence:
    async with opened(call) as lab:
        return await lab.evidence(**which, claims=claims)


def _wanted(found: Evidence, claim: str | None) -> Iterator[ClaimEvidence]:
    """Yield the claims of all sets, or the one. Raises ToolError if there is none of that id."""
    every = [each for group in found.sets for each in group.claims]
    wanted = [each for each in every if claim in (None, each.id)]
    if not wanted:
        raise ToolError(f"There is no claim {claim!r}; there are: {', '.join(each.id for each in every)}.")
    yield from wanted


def _missing(claim: ClaimEvidence, lacks: contract.Missing, *, whole: bool) -> MissingFor:
    """`whole`: with the launches of an untested claim, which need not concern these runs at all."""
    launches = lacks.launches if whole or claim.judgements else []
    return MissingFor(claim=claim.id, verdict=claim.verdict, why=lacks.why, launches=launches)


def _verdict(claim: ClaimEvidence, judged: Judgement) -> ClaimVerdict:
    parts = [_part(part) for part in judged.parts if part.decides]
    caveats = [finding.sentence for finding in judged.findings]
    if judged.stands_in:
        caveats.append("Substitutes replace the claim's own networks.")
    if any(part.effect is not None and part.low is None for part in parts):
        caveats.append(
            "An effect without an interval is exact for a fact of a network, else it rests on too few seeds."
        )
    return ClaimVerdict(
        claim=claim.id,
        sentence=claim.sentence,
        compared=judged.title,
        parts=parts,
        caveats=caveats,
        other_comparisons=len(claim.judgements) - 1,
        **_as_judged(judged),
    )


def _as_judged(judged: Judgement) -> dict[str, Any]:
    return judged.model_dump(include={"verdict", "adjusted_verdict", "p", "adjusted_p", "why", "analysis"})


def _part(part: contract.PartVerdict[str]) -> Part:
    return Part(
        measure=part.label,
        n={role.model if len({each.model for each in part.roles}) > 1 else role.role: role.n for role in part.roles},
        **part.model_dump(include={"unit", "expect", "margin", "verdict", "effect", "low", "high", "covers", "pairs"}),
    )
