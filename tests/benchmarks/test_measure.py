"""Ratios of two sides: the median of pairs, and an interval that is as wide as so few pairs deserve."""

import pytest

from benchmarks.measure import Ratio, alternate


def test_a_ratio_is_the_median_of_the_pairs() -> None:
    ratio = Ratio.of([2, 20, 6], [1, 5, 2])

    assert ratio.median == 3
    assert (ratio.low, ratio.high) == (2, 4)
    assert ratio.pairs == 3


def test_of_twenty_pairs_the_sixth_from_either_end_bounds_the_median() -> None:
    """The classic interval of the sign test: it misses with a chance of 4.1 %."""
    ratio = Ratio.of(range(1, 21), [1] * 20)

    assert (ratio.low, ratio.high) == (6, 15)
    assert ratio.confidence == pytest.approx(0.9586, abs=1e-4)


def test_one_pair_says_nothing_of_the_median() -> None:
    ratio = Ratio.of([3], [2])

    assert (ratio.low, ratio.median, ratio.high) == (1.5, 1.5, 1.5)
    assert ratio.confidence == 0


def test_sides_take_turns_and_each_goes_first_as_often() -> None:
    order: list[str] = []

    def turn(name: str) -> float:
        order.append(name)
        return float(len(order))

    ones, others = alternate(4, lambda: turn("one"), lambda: turn("other"))

    assert order == ["one", "other", "other", "one", "one", "other", "other", "one"]
    assert ones == [1, 4, 5, 8]
    assert others == [2, 3, 6, 7]
