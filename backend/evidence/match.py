"""Match claims to the cells that they can be judged on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import product
from typing import Any

from backend.evidence.cells import DATA, Cell, key_of
from backend.evidence.claim import Claim
from backend.evidence.intervals import MIN_SEEDS
from skiplab.contract.spec import RunSpec

MOST_MIXED = 12
"""Most pairings of unequal recipes kept per data set: those with most seeds."""


@dataclass(frozen=True)
class Match:
    """The cells that take the roles of one comparison of a claim."""

    compares: int  # index in the claim's list
    roles: Mapping[str, Cell]
    question: frozenset[str]  # the fields that the claim compares

    @cached_property
    def shared(self) -> dict[str, Any]:
        """The other fields that are equal in all cells."""
        first, *others = (cell.fields for cell in self.roles.values())
        return {
            field: value
            for field, value in first.items()
            if field not in self.question and all(other[field] == value for other in others)
        }

    @cached_property
    def differing(self) -> dict[str, dict[str, Any]]:
        """Field to role to value, for other fields that differ."""
        shared = self.shared
        fields = [field for field in next(iter(self.roles.values())).fields if field not in self.question]
        found = {
            field: {role: cell.fields[field] for role, cell in self.roles.items()}
            for field in fields
            if field not in shared
        }
        # Different data sets have different versions anyway.
        if "dataset" in shared and len({cell.data for cell in self.roles.values()}) > 1:
            found[DATA] = {role: cell.data_in_words for role, cell in self.roles.items()}
        return found

    @cached_property
    def recipe(self) -> str:
        """A key that is equal for matches under the same recipe; their claims are adjusted together."""
        alike = {**self.shared, DATA: [_content(cell) for cell in self.roles.values()]}
        return key_of({"shared": alike, "differing": sorted(self.differing)} if self.differing else alike)

    @cached_property
    def planned(self) -> int:
        """Seeds of the smallest cell, whatever their status."""
        return min(len(cell.planned) for cell in self.roles.values())


def matches(claim: Claim, cells: Sequence[Cell]) -> list[Match]:
    """Return one match per recipe and pairings of unequal recipes on one data set, the deciding one first.

    A match depends on its own cells only: runs of other networks or recipes add matches and change none.
    """
    found = [
        match
        for place, roles in enumerate(claim.compares)
        for match in _of_comparison(place, roles, cells)
        if claim.paired is False or not match.differing
    ]
    # A fact is the same under every recipe.
    return _first_of_each(found) if claim.is_of_facts else sorted(found, key=_place)


def _place(match: Match) -> tuple[bool, bool, int, int]:
    """Sort by: enough planned seeds for a verdict, equal recipes, the claim's own networks, most seeds.

    Only what was planned counts: no outcome moves a match up, and a few runs of another recipe move none down.
    """
    return (match.planned < MIN_SEEDS, bool(match.differing), match.compares, -match.planned)


def _of_comparison(place: int, roles: Mapping[str, Mapping[str, Any]], cells: Sequence[Cell]) -> Iterator[Match]:
    question = frozenset(field for fields in roles.values() for field in fields)
    candidates = {role: [cell for cell in cells if _fits(cell, fields)] for role, fields in roles.items()}
    under = {role: {key_of(_rest(cell, question)): cell for cell in found} for role, found in candidates.items()}
    alike = [key for key in next(iter(under.values())) if all(key in found for found in under.values())]
    for key in alike:
        yield Match(place, {role: found[key] for role, found in under.items()}, question)
    for dataset in sorted({cell.fields["dataset"] for found in candidates.values() for cell in found}):
        here = [[cell for cell in found if cell.fields["dataset"] == dataset] for found in candidates.values()]
        for mixed in _mixed(here, question):
            yield Match(place, dict(zip(candidates, mixed, strict=True)), question)


def _mixed(candidates: Sequence[Sequence[Cell]], question: frozenset[str]) -> list[tuple[Cell, ...]]:
    """Cells of unequal recipes, one per role; those with most seeds: small unrelated cells are dropped first."""
    largest = [nsmallest(MOST_MIXED, found, key=lambda cell: -len(cell.planned)) for found in candidates]
    unequal = (cells for cells in product(*largest) if len({key_of(_rest(cell, question)) for cell in cells}) > 1)
    return nsmallest(MOST_MIXED, unequal, key=lambda cells: -min(len(cell.planned) for cell in cells))


def _fits(cell: Cell, fields: Mapping[str, Any]) -> bool:
    # Normalised by the spec, as when the claim was read: 1 equals 1.0, a list equals a tuple.
    asked = RunSpec.model_validate({"model": "any", "dataset": "any", **fields}).model_dump(mode="json")
    return all(asked[field] == cell.fields[field] for field in fields)


def _rest(cell: Cell, question: frozenset[str]) -> dict[str, Any]:
    rest = {field: value for field, value in cell.fields.items() if field not in question}
    return rest if "dataset" in question else {**rest, DATA: _content(cell)}


def _content(cell: Cell) -> str | None:
    return None if cell.data is None else cell.data.content


def _first_of_each(found: Sequence[Match]) -> list[Match]:
    first: dict[int, Match] = {}
    for match in found:
        first.setdefault(match.compares, match)
    return list(first.values())
