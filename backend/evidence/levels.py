"""What a verdict may spend: the level of each look, and Holm's adjustment over a set of claims."""

from collections.abc import Sequence

LEVEL = 0.05


def level_of(look: int) -> float:
    """`look` 0 is the one planned at launch; each look that came after a verdict could be seen has half the level.

    Two-sided levels add up to less than 0.1, so that "supported", one side of them, stays below 0.05 for ever: beyond a
    margin, and within two, where each of the two tests spends one side as well.
    """
    return LEVEL * 0.5**look


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the order given. Give 1 for a claim of the set that was not tested."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
