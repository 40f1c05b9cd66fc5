"""What would settle a claim: missing networks and seeds, and the launches that produce them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import count, islice
from typing import Any

from backend.evidence.cells import DATA, Cell, key_of, recipe
from backend.evidence.claim import Claim, ClaimSet
from backend.evidence.fairness import keeps
from backend.evidence.judgement import Judgement, PartVerdict
from backend.evidence.launch_offers import Own, launches
from backend.evidence.match import Match
from backend.evidence.power import MOST_SEEDS, seeds_for
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import Bars, Kind, Missing, Verdict
from skiplab.contract.experiments import PLANNED_SEEDS
from skiplab.contract.words import named


def of_untested(claim: Claim, claims: ClaimSet, runs: Sequence[RunRecord], own: Own) -> Missing:
    """Plan every seed of the networks without runs, with the settings of the existing runs; for a paired claim only
    the seeds that the other side has. Where no network of the claim has run, each keeps its own defaults."""
    models = {run.spec.model for run in runs}
    roles = max(claim.compares, key=lambda roles: sum(fields.get("model") in models for fields in roles.values()))
    base = _usual_recipe(runs, roles) or ({"dataset": claims.dataset} if claims.dataset else {})
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
    if any("dataset" not in fields for fields in wanted):
        return Missing(why=f"no runs of {names}; name a `dataset` in the claims' file, or launch a first run")
    return Missing(why=f"no runs of {names} with these settings", launches=launches(claim.id, lacking, runs, own))


def _named(fields: Mapping[str, object], among: Sequence[Mapping[str, object]]) -> str:
    """Its network, and what distinguishes it from another cell of that network."""
    same = [each for each in among if each.get("model") == fields.get("model")]
    telling = [f"{name} {value}" for name, value in fields.items() if any(each.get(name) != value for each in same)]
    return str(fields.get("model")) + (f" with {', '.join(telling)}" if telling else "")


def of_judged(claim: Claim, match: Match, judgement: Judgement, runs: Sequence[RunRecord], own: Own) -> Missing | None:
    """Return what is missing; None for a settled claim, no launches if none would help or runs are pending."""
    if judgement.verdict in (Verdict.SUPPORTED, Verdict.REFUTED):
        return None
    barred = [finding for finding in judgement.findings if finding.bars == Bars.MEASUREMENTS and finding.runs]
    if barred:
        return Missing(why=barred[0].text)
    if any(finding.bars == Bars.TARGETS for finding in judgement.findings):
        return Missing(why="the claim's own target: times to another target are shown but decide nothing")
    deciding = [part for part in judgement.parts if part.decides]
    if unkept := next(filter(None, (_unkept(part, match) for part in deciding)), None):
        return Missing(why=unkept)
    if match.differing:
        differing = ", ".join("the data version" if field == DATA else field for field in match.differing)
        return Missing(
            why=f"configurations that differ only in what is tested (now also in {differing})",
            launches=launches(claim.id, _under_one_recipe(match, runs), runs, own),
        )
    if unequal := [each for each in judgement.findings if any(keeps(each, part.measure) for part in deciding)]:
        return Missing(why=f"times measured under equal conditions: {unequal[0].text}")
    wanted = max(PLANNED_SEEDS, *(seeds_for(part, judgement.look) for part in deciding))
    if wanted > MOST_SEEDS:
        return Missing(why=f"more than {MOST_SEEDS} seeds per configuration, if the effect is as small as it looks")
    if stale := [cell for cell in match.roles.values() if cell.outdated]:
        version_names = ", ".join(dict.fromkeys(cell.data_in_words for cell in stale))
        return Missing(
            why=f"all seeds on one data version: these runs used {version_names}, with which new ones are not pooled",
            launches=launches(claim.id, [(dict(cell.fields), _planned()) for cell in stale], runs, own),
        )
    next_seeds = _next_pairs if claim.paired else _next_seeds
    groups = list(match.roles.values())
    offered = zip(groups, next_seeds(groups, wanted), strict=True)
    lacking = [(dict(cell.fields), seeds) for cell, seeds in offered if seeds]
    if not lacking:
        return Missing(why="other measurements: see the findings")
    what = "seeds that both configurations have" if claim.paired else "seeds per configuration"
    return Missing(why=f"{wanted} {what}", launches=launches(claim.id, lacking, runs, own))


def _unkept(part: PartVerdict, match: Match) -> str | None:
    """Why finished runs without a measurement cannot be completed: their seeds already have a finished run."""
    if part.measure.kind == Kind.FACT:
        return None
    finished = {run.id for each in part.roles for run in match.roles[each.role].seeds.values()}
    mute = sorted(finished - {run for each in part.roles for run in each.runs})
    if not mute:
        return None
    return f"{part.label} of {named('run', mute)}, finished without it: launching the same settings again adds nothing"


def _next_seeds(cells: Sequence[Cell], wanted: int) -> list[list[int]]:
    """The smallest seeds that each cell lacks."""
    return [_free({run.spec.seed for run in cell.runs}, wanted - len(cell.seeds)) for cell in cells]


def _next_pairs(cells: Sequence[Cell], wanted: int) -> list[list[int]]:
    taken = {run.spec.seed for cell in cells for run in cell.runs}
    return _pairs([set(cell.seeds) for cell in cells], taken, wanted)


def _pairs(cells: Sequence[Set[int]], taken: Collection[int], wanted: int) -> list[list[int]]:
    """The seeds that each cell lacks for pairs: first those that another cell has, then free ones."""
    common = set(cells[0]).intersection(*cells)
    halves = sorted(set[int]().union(*cells) - common)
    lacking = wanted - len(common)
    chosen = halves[: max(0, lacking)] + _free(taken, lacking - len(halves))
    return [sorted(seed for seed in chosen if seed not in seeds) for seeds in cells]


def _free(taken: Collection[int], many: int) -> list[int]:
    """The smallest `many` seeds that are not taken."""
    return list(islice((seed for seed in count() if seed not in taken), max(0, many)))


def _under_one_recipe(match: Match, runs: Sequence[RunRecord]) -> list[tuple[dict[str, Any], list[int]]]:
    """All roles under the first role's recipe."""
    first = next(iter(match.roles.values()))
    wanted = []
    for cell in match.roles.values():
        fields = {**first.fields, **{field: cell.fields[field] for field in match.question}}
        if not _seeds(fields, runs):
            wanted.append((fields, _planned()))
    return wanted


def _usual_recipe(runs: Sequence[RunRecord], roles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The most common recipe, without the fields in question; the oldest of equals."""
    question = {field for fields in roles.values() for field in fields}
    recipes = [recipe(run.spec, without=question) for run in sorted(runs, key=lambda run: run.id)]
    if not recipes:
        return None
    counts = Counter(key_of(each) for each in recipes)
    return max(recipes, key=lambda each: counts[key_of(each)])


def _planned() -> list[int]:
    return list(range(PLANNED_SEEDS))


def _seeds(fields: Mapping[str, Any], runs: Sequence[RunRecord]) -> set[int]:
    """Seeds of the runs with these fields that new runs can be pooled with, whatever their status."""
    return {run.spec.seed for run in runs if not run.outdated and fields.items() <= recipe(run.spec).items()}
