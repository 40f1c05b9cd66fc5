"""What would settle a claim: the launch that brings the networks and seeds it still lacks."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import count, islice
from math import ceil
from statistics import fmean, median
from typing import Any

from pydantic import BaseModel, Field
from scipy.special import ndtri

from backend.evidence.cells import DATA, Cell, key_of, recipe
from backend.evidence.claim import Claim, ClaimSet, Expect
from backend.evidence.fairness import Bars
from backend.evidence.judgement import Judgement, PartVerdict, Verdict
from backend.evidence.levels import level_of
from backend.evidence.match import Match
from backend.evidence.measures import QUANTITIES, Kind
from backend.evidence.records import RunRecord
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec

PLANNED_SEEDS = 5
"""What an experiment plans unless told otherwise."""

MOST_SEEDS = 20
"""More would be asked for only by effects too small to matter here."""

POWER = 0.8

Own = Mapping[str, Collection[str]]
"""Network to the fields that it has defaults of its own for."""


class LaunchOffer(BaseModel):
    """The body of POST /experiments, and what it would take."""

    name: str
    vary: dict[str, list[Any]]
    spec: dict[str, Any]
    runs: int
    seconds: float | None = Field(None, description="Estimated from runs of the same networks; null without any.")


class Missing(BaseModel):
    """What stands between a claim and its verdict."""

    why: str
    launches: list[LaunchOffer] = Field(default_factory=list)


def of_untested(claim: Claim, claims: ClaimSet, runs: Sequence[RunRecord], own: Own) -> Missing:
    """No cells match: all seeds of the networks that lack, under the recipe that the other runs have; where the claim
    is paired, those seeds of the other half. Where none of the networks has run, what they set themselves is left to
    them."""
    models = {run.spec.model for run in runs}
    roles = max(claim.compares, key=lambda roles: sum(fields.get("model") in models for fields in roles.values()))
    base = _usual_recipe(runs, roles) or {"dataset": claims.dataset or "cifar10"}
    if not any(fields.get("model") in models for fields in roles.values()):
        left = {field for fields in roles.values() for field in own.get(str(fields.get("model")), ())}
        base = {field: value for field, value in base.items() if field not in left}
    wanted = [{**base, **fields} for fields in roles.values()]
    ran = [_seeds(fields, runs) for fields in wanted]
    every = _planned()
    if claim.paired:
        offered = _pairs(ran, set[int]().union(*ran), PLANNED_SEEDS)
    else:
        offered = [[] if seeds else every for seeds in ran]
    lacking = [(fields, seeds) for fields, seeds in zip(wanted, offered, strict=True) if seeds]
    names = ", ".join(_named(fields, wanted) for fields, seeds in zip(wanted, ran, strict=True) if not seeds)
    return Missing(why=f"no runs of {names} under this recipe", launches=launches(claim.id, lacking, runs, own))


def _named(fields: Mapping[str, object], among: Sequence[Mapping[str, object]]) -> str:
    """Its network, and what tells it from another cell of that network."""
    same = [each for each in among if each.get("model") == fields.get("model")]
    telling = [f"{name} {value}" for name, value in fields.items() if any(each.get(name) != value for each in same)]
    return str(fields.get("model")) + (f" with {', '.join(telling)}" if telling else "")


def of_judged(claim: Claim, match: Match, judgement: Judgement, runs: Sequence[RunRecord], own: Own) -> Missing | None:
    """None for a claim that is settled, or that only waits for runs which are there already."""
    if judgement.verdict in (Verdict.SUPPORTED, Verdict.REFUTED):
        return None
    barred = [finding for finding in judgement.findings if finding.bars == Bars.MEASUREMENTS and finding.runs]
    if barred:
        return Missing(why=barred[0].text)
    if any(finding.bars == Bars.TARGETS for finding in judgement.findings):
        return Missing(why="the claim's own target: times to another are shown and decide nothing")
    deciding = [part for part in judgement.parts if part.decides]
    if unkept := next(filter(None, (_unkept(part, match) for part in deciding)), None):
        return Missing(why=unkept)
    if match.differing:
        named = ", ".join("the version of the data" if field == DATA else field for field in match.differing)
        return Missing(
            why=f"cells that differ in nothing but the question (now also in {named})",
            launches=launches(claim.id, _under_one_recipe(match, runs), runs, own),
        )
    if unequal := [each for each in judgement.findings if any(each.keeps(part.measure) for part in deciding)]:
        return Missing(why=f"times taken on equal terms: {unequal[0].text}")
    wanted = max(PLANNED_SEEDS, *(_seeds_for(part, judgement.look) for part in deciding))
    if wanted > MOST_SEEDS:
        return Missing(why=f"more than {MOST_SEEDS} seeds a cell, if the effect is as small as it looks")
    if stale := [cell for cell in match.roles.values() if cell.outdated]:
        said = ", ".join(dict.fromkeys(cell.data_in_words for cell in stale))
        return Missing(
            why=f"all seeds on one version of the data: these runs had {said}, which new ones would not pool with",
            launches=launches(claim.id, [(dict(cell.fields), _planned()) for cell in stale], runs, own),
        )
    next_seeds = _next_pairs if claim.paired else _next_seeds
    groups = list(match.roles.values())
    offered = zip(groups, next_seeds(groups, wanted), strict=True)
    lacking = [(dict(cell.fields), seeds) for cell, seeds in offered if seeds]
    if not lacking:
        return Missing(why="other measurements: see what was found")
    what = "seeds that both cells have" if claim.paired else "seeds in each cell"
    return Missing(why=f"{wanted} {what}", launches=launches(claim.id, lacking, runs, own))


def _unkept(part: PartVerdict, match: Match) -> str | None:
    """What finished runs did not measure: they speak for their seeds, so no launch of the same cells brings it."""
    if QUANTITIES[part.measure].kind == Kind.FACT:
        return None
    finished = {run.id for each in part.roles for run in match.roles[each.role].seeds.values()}
    mute = sorted(finished - {run for each in part.roles for run in each.runs})
    named = f"run{'s' * (len(mute) > 1)} {', '.join(map(str, mute))}"
    return f"{part.label} of {named}, finished without it: no launch of the same cells brings it" if mute else None


def _seeds_for(part: PartVerdict, look: int) -> int:
    """Seeds a cell for a power of 0.8 if effect and spreads are as seen; by the normal approximation, one added."""
    spreads = [each.sd for each in part.roles if each.sd is not None]
    # What fewer seeds show of effect and spread is no ground to plan on.
    counts = [each.n for each in part.roles] if part.pairs is None else [part.pairs]
    guess = min(counts) < PLANNED_SEEDS or len(spreads) < len(part.roles)
    if part.effect is None or guess or part.verdict != Verdict.INCONCLUSIVE:
        return PLANNED_SEEDS
    same = part.expect == Expect.SAME
    edge = part.margin if part.expect != Expect.LESS else -part.margin
    distance = part.margin - abs(part.effect) if same else abs(part.effect - edge)
    # More seeds after a verdict are a new look.
    level = level_of(look + 1)
    variance = fmean(spread**2 for spread in spreads) * len(spreads)
    if distance <= 0:
        return MOST_SEEDS + 1
    quantiles = float(ndtri(1 - level / 2) + ndtri(POWER))
    return ceil(min(variance * (quantiles / distance) ** 2 + 1, MOST_SEEDS + 1))


def _next_seeds(cells: Sequence[Cell], wanted: int) -> list[list[int]]:
    """For each cell the smallest that it does not have yet."""
    return [_free({run.spec.seed for run in cell.runs}, wanted - len(cell.seeds)) for cell in cells]


def _next_pairs(cells: Sequence[Cell], wanted: int) -> list[list[int]]:
    taken = {run.spec.seed for cell in cells for run in cell.runs}
    return _pairs([set(cell.seeds) for cell in cells], taken, wanted)


def _pairs(cells: Sequence[Set[int]], taken: Collection[int], wanted: int) -> list[list[int]]:
    """For each cell, given by its seeds, what it lacks of the same ones: first those that another has already, then
    such as are not taken."""
    common = set(cells[0]).intersection(*cells)
    halves = sorted(set[int]().union(*cells) - common)
    lacking = wanted - len(common)
    chosen = halves[: max(0, lacking)] + _free(taken, lacking - len(halves))
    return [sorted(seed for seed in chosen if seed not in seeds) for seeds in cells]


def _free(taken: Collection[int], many: int) -> list[int]:
    """So many of the smallest seeds that are not taken."""
    return list(islice((seed for seed in count() if seed not in taken), max(0, many)))


def _under_one_recipe(match: Match, runs: Sequence[RunRecord]) -> list[tuple[dict[str, Any], list[int]]]:
    """The first role's recipe for all."""
    first = next(iter(match.roles.values()))
    wanted = []
    for cell in match.roles.values():
        fields = {**first.fields, **{field: cell.fields[field] for field in match.question}}
        if not _seeds(fields, runs):
            wanted.append((fields, _planned()))
    return wanted


def _usual_recipe(runs: Sequence[RunRecord], roles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The recipe of most runs, without what is in question; of equals the oldest."""
    question = {field for fields in roles.values() for field in fields}
    recipes = [recipe(run.spec, without=question) for run in sorted(runs, key=lambda run: run.id)]
    if not recipes:
        return None
    counts = Counter(key_of(each) for each in recipes)
    return max(recipes, key=lambda each: counts[key_of(each)])


def _planned() -> list[int]:
    return list(range(PLANNED_SEEDS))


def _seeds(fields: Mapping[str, Any], runs: Sequence[RunRecord]) -> set[int]:
    """Of the runs with these fields that new ones can be compared with, whatever became of them."""
    return {run.spec.seed for run in runs if not run.outdated and fields.items() <= recipe(run.spec).items()}


def launches(
    name: str, lacking: Sequence[tuple[Mapping[str, Any], Sequence[int]]], runs: Sequence[RunRecord], own: Own
) -> list[LaunchOffer]:
    """One for all networks that lack the same seeds under the same recipe."""
    groups: dict[str, tuple[dict[str, Any], list[Any], Sequence[int]]] = {}
    for fields, seeds in lacking:
        rest = {field: value for field, value in fields.items() if field != "model"}
        _, models, _ = groups.setdefault(key_of({**rest, "seeds": list(seeds)}), (rest, [], seeds))
        models.append(fields.get("model"))
    return [_launch(name, rest, models, seeds, runs, own) for rest, models, seeds in groups.values()]


def _launch(
    name: str, rest: Mapping[str, Any], models: Sequence[Any], seeds: Sequence[int], runs: Sequence[RunRecord], own: Own
) -> LaunchOffer:
    # What goes without saying, unless a network would say it otherwise.
    set_by_network = {field for model in models for field in own.get(str(model), ())}
    told = {field: value for field, value in rest.items() if field in set_by_network or value != _default(field)}
    each = [_seconds(model, rest, runs) for model in models]
    known = [seconds for seconds in each if seconds is not None]
    return LaunchOffer(
        name=f"{name}: {', '.join(map(str, models))}",
        vary={"model": list(models), "seed": list(seeds)},
        spec=told,
        runs=len(models) * len(seeds),
        seconds=sum(known) * len(seeds) if len(known) == len(each) else None,
    )


def _default(field: str) -> Any:
    default = RunSpec.model_fields[field].default
    return list(default) if isinstance(default, tuple) else default


def _seconds(model: Any, rest: Mapping[str, Any], runs: Sequence[RunRecord]) -> float | None:
    """Of one run, from runs of the same network on as many images."""
    alike = [
        run
        for run in runs
        if run.spec.model == model
        and run.spec.dataset == rest.get("dataset")
        and run.spec.train_limit == rest.get("train_limit")
    ]
    spent = [
        median(run.get(Metric.EPOCH_SECONDS).values) + fmean(run.get(Metric.EVALUATION_SECONDS).values or (0.0,))
        for run in alike
        if run.get(Metric.EPOCH_SECONDS)
    ]
    epochs = int(rest.get("epochs", RunSpec.model_fields["epochs"].default))
    return median(spent) * epochs if spent else None
