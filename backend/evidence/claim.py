"""Claims as data: a sentence, the configurations to compare, a measure and the outcome expected, before the runs.

Built-in sets are stored next to this file, a user's in SKIPLAB_HOME/claims/*.toml, in the same format.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend.evidence.final_value import AnyMeasure, FinalValue
from skiplab.contract.evidence import Expect, Kind
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity
from skiplab.contract.spec import RunSpec
from skiplab.contract.validation import message_of

DEFAULT_TARGET = 0.6
"""Target test accuracy (a fraction) if neither the claim nor the request names one."""

BUILT_IN = Path(__file__).parent / "claims"

Role = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Part(BaseModel):
    """One measure of a claim: it holds if the weighted sum of the roles' means lies where it is expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: AnyMeasure
    weights: dict[Role, float] = Field(min_length=1, description="Role to its weight in the sum; they add up to 0.")
    expect: Expect = Field(description="greater: sum > margin. less: sum < -margin. same: |sum| < margin.")
    margin: float = Field(0, ge=0)
    target: float | None = Field(None, gt=0, lt=1, description="Target test accuracy of a time to a target.")
    decides: bool = Field(True, description="false: shown, but the verdict does not depend on it.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if abs(sum(self.weights.values())) > 1e-9 or not any(self.weights.values()):
            raise ValueError("weights must add up to 0 and not all be 0, such as { first = 1, second = -1 }")
        if self.expect == Expect.SAME and self.margin == 0:
            raise ValueError('expect "same" needs a margin above 0: two means are never exactly equal')
        return self


class Claim(BaseModel):
    """A sentence that runs can support or refute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$", max_length=40)
    sentence: str = Field(min_length=1)
    note: str = ""
    compares: list[dict[Role, dict[str, Any]]] = Field(
        min_length=1,
        description="Comparisons, the claim's own networks first: role to the spec fields that define it.",
    )
    parts: list[Part] = Field(min_length=1)
    paired: bool = Field(
        False, description="Paired by seed: only for one network under two recipes, which share initial weights."
    )
    counts: bool = Field(True, description="Whether Holm's adjustment over the set counts it.")

    @model_validator(mode="after")
    def _roles_fit(self) -> Self:
        if not any(part.decides for part in self.parts):
            raise ValueError("at least one part must decide")
        for roles in self.compares:
            _check_roles(roles)
            if missing := {role for part in self.parts for role in part.weights} - set(roles):
                raise ValueError(f"compares lacks the role {min(missing)!r} that a part weighs")
            if self.paired and (len(roles) != 2 or len({str(fields.get("model")) for fields in roles.values()}) != 1):
                raise ValueError("paired compares exactly two roles of one network: others share no initial weights")
        return self

    @property
    def is_of_facts(self) -> bool:
        return all(part.measure.kind == Kind.FACT for part in self.parts)


class ClaimSet(BaseModel):
    """Claims that are adjusted together for multiple testing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$", max_length=64)
    title: str
    source: str = ""
    dataset: str | None = Field(
        None, description="The data set that the claims are about; runs on another one get a finding."
    )
    target: float = Field(
        DEFAULT_TARGET, gt=0, lt=1, description="Target test accuracy of times, unless a part has its own."
    )
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [claim.id for claim in self.claims]
        if repeated := {id for id in ids if ids.count(id) > 1}:
            raise ValueError(f"the id {min(repeated)} is given twice")
        return self

    def target_of(self, part: Part) -> float:
        return self.target if part.target is None else part.target

    @property
    def size(self) -> int:
        """How many claims Holm's adjustment counts, tested or not."""
        return sum(claim.counts for claim in self.claims)


class BadClaims(Exception):
    """A claims file cannot be used; the message names it, what was given and what is allowed."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file.name}: {reason}")
        self.file = file


def read(file: Path, own: Sequence[Quantity] = ()) -> ClaimSet:
    """Parsed once per version of the file. `own`: the quantities of plugins' metrics, which it may name as well. Raises
    BadClaims."""
    try:
        stat = file.stat()
    except OSError as error:
        raise BadClaims(file, str(error)) from error
    return _parsed(file, stat.st_mtime_ns, stat.st_size, tuple(own))


@lru_cache(maxsize=64)
def _parsed(file: Path, _modified: int, _size: int, own: Sequence[Quantity]) -> ClaimSet:
    """Requests can share the result, since a ClaimSet is frozen. Raises BadClaims, which is not cached."""
    quantities = {each.key: each for each in (*(key.quantity for key in Metric), *own)}
    try:
        return ClaimSet.model_validate(tomllib.loads(file.read_text(encoding="utf-8")), context=quantities)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadClaims(file, str(error)) from error
    except ValidationError as error:
        raise BadClaims(file, "; ".join(_line(problem) for problem in error.errors())) from error


def built_in() -> list[ClaimSet]:
    return [read(file) for file in sorted(BUILT_IN.glob("*.toml"))]


def all_sets(home: Path, own: Sequence[Quantity] = ()) -> tuple[list[ClaimSet], list[BadClaims]]:
    """The built-in sets and the user's, and the problems of files that cannot be used. `own`: the quantities of
    plugins' metrics."""
    sets, problems = built_in(), []
    for file in sorted((home / "claims").glob("*.toml")):
        try:
            found = read(file, own)
        except BadClaims as problem:
            problems.append(problem)
            continue
        if any(found.key == other.key for other in sets):
            problems.append(BadClaims(file, f"the key {found.key!r} is taken by another set; choose one of your own"))
        else:
            sets.append(found)
    return sets, problems


def quantities_of(sets: Iterable[ClaimSet]) -> list[str]:
    """Keys of the quantities that claims name as measures, which are read for them alone."""
    parts = (part for claims in sets for claim in claims.claims for part in claim.parts)
    return sorted({part.measure for part in parts if isinstance(part.measure, FinalValue)})


def _check_roles(roles: Mapping[str, Mapping[str, Any]]) -> None:
    """All roles name the same fields, without the seed, with values that the spec allows. Raises ValueError."""
    named = [set(fields) for fields in roles.values()]
    if any(fields != named[0] for fields in named) or not named[0]:
        raise ValueError('every role of a comparison must name the same fields, such as { model = "cnn" }')
    if unknown := named[0] - (set(RunSpec.model_fields) - {"seed"}):
        raise ValueError(f"{min(unknown)!r} is not a field in which configurations may differ")
    for role, fields in roles.items():
        try:
            RunSpec.model_validate({"model": "any", "dataset": "any", **fields})
        except ValidationError as error:
            raise ValueError(f"role {role}: {_line(error.errors()[0])}") from None


def _line(problem: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"]) or "the set"
    return f"{place}: {message_of(problem)}"
