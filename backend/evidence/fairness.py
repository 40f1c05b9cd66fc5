"""Confounders of a comparison, each with its runs. Some of them bar a verdict."""

from collections.abc import Iterator
from statistics import fmean

from backend.evidence.cells import DATA
from backend.evidence.claim import Claim, ClaimSet
from backend.evidence.definitions import Defined
from backend.evidence.final_value import AnyMeasure
from backend.evidence.match import Match
from backend.evidence.numbers import percent
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import Bars, Finding, Kind
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import ABOUT, RunSpec

SLOWS = frozenset({"threads", "precision"})
"""Environment facts that affect training speed on the same machine."""

SAME_LOAD = 0.1
"""Mean number of concurrent runs by which cells may differ and still count as equally loaded."""


def keeps(finding: Finding, measure: Defined) -> bool:
    """Return whether a finding keeps a measure from a verdict."""
    if finding.bars == Bars.MEASUREMENTS:
        return measure.kind != Kind.FACT
    if finding.bars == Bars.TARGETS:
        return measure.kind == Kind.TIME
    return finding.bars == Bars.TIMES and measure.definition.clocked


def findings(match: Match, claims: ClaimSet, claim: Claim, target: float | None = None) -> list[Finding]:
    """Return the findings, those that bar a verdict first. `target`: replaces the claim's own target."""
    deciding = [part for part in claim.parts if part.decides]
    measures = {part.measure for part in deciding}
    found = [
        *_runs(match),
        *_target(target, {claims.target_of(part) for part in deciding if part.measure.kind == Kind.TIME}),
        *_fields(match),
        *_data(match),
        *_budgets(match),
        *_machines(match, measures),
        *_environments(match),
        *_code(match),
        *_chosen(match, measures),
    ]
    found += _scope(match, claims)
    weight = list(reversed(Bars))
    return sorted(found, key=lambda finding: weight.index(finding.bars))


def _runs(match: Match) -> Iterator[Finding]:
    cells = match.roles.values()
    if waiting := [run for cell in cells for run in cell.unfinished]:
        yield _of(waiting, "not finished yet: a verdict needs all planned runs", Bars.MEASUREMENTS)
    if lost := [run for cell in cells for run in cell.lost]:
        why = "; ".join(sorted({run.reason or run.status for run in lost}))
        text = f"failed or cancelled ({why}): excluding them would select by outcome; retry them"
        yield _of(lost, text, Bars.MEASUREMENTS)
    if repeated := [run for cell in cells for run in cell.repeated]:
        yield _of(repeated, "repeat a seed that already has a finished run: not counted again")
    if left_out := sorted({id for cell in cells for run in cell.runs for id in run.left_out}):
        yield Finding(text="belong to these configurations but were not selected", runs=left_out)
    seeds = [set(cell.seeds) for cell in cells]
    if any(each != seeds[0] for each in seeds):
        counts = ", ".join(f"{role} {len(cell.seeds)}" for role, cell in match.roles.items())
        yield Finding(text=f"the configurations have different seeds ({counts})")


def _target(asked: float | None, own: set[float]) -> Iterator[Finding]:
    """The target is part of the claim: one chosen afterwards could be fitted to the curves."""
    if asked is not None and own - {asked}:
        targets = " and ".join(map(percent, sorted(own)))
        text = f"target accuracy set to {percent(asked)}; the claim's own is {targets}"
        yield Finding(text=text, bars=Bars.TARGETS)


def _fields(match: Match) -> Iterator[Finding]:
    for field, values in match.differing.items():
        if field == DATA:
            shown = ", ".join(f"{role} {value}" for role, value in values.items())
            yield Finding(
                text=f"different data: versions of {match.shared['dataset']} ({shown})", bars=Bars.MEASUREMENTS
            )
            continue
        label = RunSpec.model_fields[field].title or field
        shown = ", ".join(f"{role} {ABOUT[field].words(value)}" for role, value in values.items())
        if ABOUT[field].use == "data":
            yield Finding(text=f"different data: {label} ({shown})", bars=Bars.MEASUREMENTS)
        elif ABOUT[field].use == "budget":
            yield Finding(text=f"different budgets: {label} ({shown})", bars=Bars.MEASUREMENTS)
        else:
            bars = Bars.TIMES if ABOUT[field].clocked else Bars.NOTHING
            yield Finding(text=f"{label} differs but is not under test ({shown})", bars=bars)


def _data(match: Match) -> Iterator[Finding]:
    runs = [run for cell in match.roles.values() for run in cell.runs if not run.open]
    if unknown := [run for run in runs if run.data is None and run.outdated]:
        yield _of(
            unknown,
            "ran before data sets had versions: their data version is unknown, so they are not pooled with later runs",
        )
    if unverified := [run for run in runs if run.data is not None and not run.data.verified]:
        imported = " and ".join(sorted({run.spec.dataset for run in unverified}))
        yield _of(unverified, f"trained on an unverified import of {imported}")


def _budgets(match: Match) -> Iterator[Finding]:
    """Runs that stopped early."""
    trained = {run.get(Metric.TEST_ACCURACY).epochs[-1] for run in _finished(match) if run.get(Metric.TEST_ACCURACY)}
    if "epochs" in match.shared and len(trained) > 1:
        yield Finding(text=f"some runs stopped early: {min(trained)} to {max(trained)} epochs were trained")


def _machines(match: Match, measures: set[AnyMeasure]) -> Iterator[Finding]:
    if not any(measure.definition.clocked for measure in measures):
        return
    known = {run.hardware for run in _finished(match) if run.hardware}
    if len(known) > 1:
        yield Finding(text=f"different hardware: {', '.join(sorted(known))}", bars=Bars.TIMES)
    if unknown := [run for run in _finished(match) if not run.hardware]:
        yield _of(unknown, "ran on hardware that was not recorded", Bars.TIMES)
    yield from _load(match)


def _load(match: Match) -> Iterator[Finding]:
    crowded = [run for run in _finished(match) if run.beside]
    if not crowded:
        return
    means = {role: fmean(run.beside for run in cell.seeds.values()) for role, cell in match.roles.items() if cell.seeds}
    alike = max(means.values()) - min(means.values()) <= SAME_LOAD
    shown = ", ".join(f"{role} {mean:.2f}" for role, mean in means.items())
    text = f"shared their machine with other runs (mean number of concurrent runs: {shown})"
    yield _of(crowded, text, Bars.NOTHING if alike else Bars.TIMES)


def _environments(match: Match) -> Iterator[Finding]:
    seen = [run.environment for run in _finished(match)]
    for name in sorted({name for environment in seen for name in environment}):
        values = {environment.get(name, "unknown") for environment in seen}
        if len(values) > 1:
            bars = Bars.TIMES if name in SLOWS else Bars.NOTHING
            yield Finding(text=f"different {name}: {', '.join(sorted(values))}", bars=bars)


def _code(match: Match) -> Iterator[Finding]:
    """Plugin code. A file or package that only some of the runs use belongs to their network alone."""
    runs = _finished(match)
    for name in sorted({name for run in runs for name in run.code}):
        versions: dict[str, list[RunRecord]] = {}
        for run in runs:
            if name in run.code:
                versions.setdefault(run.code[name], []).append(run)
        if len(versions) > 1:
            # The reference is the most common version; of equally common ones, the first.
            usual = max(versions.values(), key=len)
            others = [run for group in versions.values() if group is not usual for run in group]
            yield _of(others, f"ran with a different version of the code: {name} differs from that of the other runs")
    if edited := [run for run in runs if run.edited]:
        names = ", ".join(sorted({name for run in edited for name in run.edited}))
        yield _of(edited, f"had their code changed while paused ({names}): their epochs come from two versions")


def _chosen(match: Match, measures: set[AnyMeasure]) -> Iterator[Finding]:
    if any(measure.definition.at_best for measure in measures) and any(
        not run.get(Metric.VAL_ACCURACY) for run in _finished(match)
    ):
        yield Finding(text="the best epoch was selected on the test set, which is optimistic for every network")


def _scope(match: Match, claims: ClaimSet) -> Iterator[Finding]:
    dataset = match.shared.get("dataset")
    if claims.dataset and dataset and dataset != claims.dataset:
        yield Finding(text=f"the claim is about {claims.dataset}; these runs trained on {dataset}")
    subsets = {field: about.subset_of for field, about in ABOUT.items() if about.subset_of is not None}
    parts = [f"{match.shared[field]:,} {images}" for field, images in subsets.items() if match.shared.get(field)]
    if parts:
        yield Finding(text=f"on a subset of the data: {' and '.join(parts)}")
    if match.compares:
        yield Finding(text="uses substitute networks for those that the claim names")


def _finished(match: Match) -> list[RunRecord]:
    return [run for cell in match.roles.values() for run in cell.seeds.values()]


def _of(runs: list[RunRecord], text: str, bars: Bars = Bars.NOTHING) -> Finding:
    return Finding(text=text, bars=bars, runs=sorted(run.id for run in runs))
