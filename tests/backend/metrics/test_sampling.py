"""Sampling of long series: their ends, extremes and gaps are kept."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.db.metrics import Point
from backend.metrics.sampling import sampled

NOW = datetime(2026, 11, 30, tzinfo=UTC)
finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.lists(st.floats(allow_nan=True, width=32), min_size=1, max_size=300)


def series(values: list[float]) -> list[Point]:
    return [Point.of(1, "train/loss", step, step, NOW, value) for step, value in enumerate(values)]


@given(values, st.integers(2, 50))
def test_there_are_no_more_points_than_asked_for_and_they_are_in_order(values: list[float], most: int) -> None:
    found = sampled(series(values), most)

    assert len(found) <= most
    steps = [point.step for point in found]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, len(values) - 1)


@given(st.lists(finite, min_size=1, max_size=300), st.integers(4, 50))
def test_the_range_of_values_stays(values: list[float], most: int) -> None:
    kept = [point.value for point in sampled(series(values), most) if point.value is not None]

    assert (min(kept), max(kept)) == (min(values), max(values))


def test_a_single_peak_in_a_hundred_thousand_steps_is_drawn() -> None:
    losses = [1.0] * 100_000
    losses[77_777] = 9.0

    found = sampled(series(losses), 500)

    assert (77_777, 9.0) in [(point.step, point.value) for point in found]


def test_the_first_nan_of_a_stretch_takes_the_place_of_its_minimum() -> None:
    losses = [1.0] * 12
    losses[4], losses[5], losses[6], losses[7] = 0.5, float("nan"), float("inf"), 2.0

    found = sampled(series(losses), 4)

    assert [(point.step, point.value, point.nonfinite) for point in found] == [
        (0, 1.0, None),
        (5, None, "nan"),
        (7, 2.0, None),
        (11, 1.0, None),
    ]
