"""The best epoch: one rule."""

from math import inf, nan

import pytest

from skiplab.contract.best import Best, best_of


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([0.2, 0.5, 0.4], Best(2, 0.5)),
        ([0.5, 0.5, 0.5], Best(1, 0.5)),
        ([None, nan, inf, 0.1], Best(4, 0.1)),
        ([0.0, 0.0], Best(1, 0.0)),
        ([None, nan], None),
        ([], None),
    ],
)
def test_the_best_epoch_is_the_first_of_the_largest_finite_values(
    values: list[float | None], best: Best | None
) -> None:
    assert best_of(enumerate(values, start=1)) == best
