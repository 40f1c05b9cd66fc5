"""Right-censored times to a target: restricted to the common budget, no run dropped."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TimeToTarget:
    """When one run reached the target, in any unit; `budget` is how long it was observed."""

    reached: float | None
    budget: float


@dataclass(frozen=True)
class Restricted:
    """The values to average; `budget` is None if every run reached the target and nothing was restricted."""

    values: tuple[tuple[float, ...], ...]
    arrived: tuple[int, ...]
    budget: float | None


def restrict(cells: Sequence[Sequence[TimeToTarget]]) -> Restricted:
    """Restrict the times of all cells to their common budget.

    Every run was observed for at least the common budget, so min(time, budget) is known for each: its mean is the
    restricted mean itself, and no survival curve has to be estimated.
    """
    times = [time for cell in cells for time in cell]
    if all(time.reached is not None for time in times):
        whole = tuple(tuple(time.reached for time in cell if time.reached is not None) for cell in cells)
        return Restricted(whole, tuple(len(cell) for cell in cells), None)
    budget = min(time.budget for time in times)
    return Restricted(
        tuple(tuple(_within(time, budget) for time in cell) for cell in cells),
        tuple(sum(time.reached is not None and time.reached <= budget for time in cell) for cell in cells),
        budget,
    )


def _within(time: TimeToTarget, budget: float) -> float:
    return budget if time.reached is None else min(time.reached, budget)
