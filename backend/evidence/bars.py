"""What bars a part's verdict whatever its interval says: findings, unmeasured runs, too few seeds or pairs."""

from collections.abc import Mapping, Sequence

from backend.evidence.cells import Cell
from backend.evidence.fairness import keeps
from backend.evidence.intervals import MIN_SEEDS
from backend.evidence.part_statistics import PartData
from skiplab.contract.evidence import Finding
from skiplab.contract.words import named


def barred(data: PartData, findings: Sequence[Finding], cells: Mapping[str, Cell]) -> str | None:
    """Return why a part gets no verdict, in words; None if nothing bars it."""
    for finding in findings:
        if keeps(finding, data.part.measure):
            return f"{named('run', finding.runs)}: {finding.text}" if finding.runs else finding.text
    for role, sample in data.samples.items():
        if len(sample.values) < len(cells[role].seeds):
            return f"only {len(sample.values)} of {len(cells[role].seeds)} runs of {role} have this measure"
    if all(sample.reached == 0 for sample in data.samples.values()):
        return "no run reached the target"
    if data.paired:
        return _too_few_pairs(len(data.pairs))
    return _too_few_seeds([len(sample.values) for sample in data.samples.values()])


def _too_few_pairs(pairs: int) -> str | None:
    if pairs == 0:
        return "no pairs: the configurations share no seed, and this claim is paired by seed"
    if pairs == 1:
        return "1 pair: no interval"
    return f"{pairs} pairs: at least {MIN_SEEDS} are needed for a verdict" if pairs < MIN_SEEDS else None


def _too_few_seeds(counts: Sequence[int]) -> str | None:
    fewest = min(counts)
    if fewest == 1:
        return "one run each: no interval" if max(counts) == 1 else "one run: no interval"
    if fewest < MIN_SEEDS:
        return f"{fewest} seeds: at least {MIN_SEEDS} per configuration are needed for a verdict"
    return None
