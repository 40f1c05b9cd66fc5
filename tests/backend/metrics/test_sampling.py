"""Sampling of long series: their ends, extremes and gaps are kept."""

from hypothesis import given
from hypothesis import strategies as st

from backend.metrics.sampling import sampled

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.lists(st.none() | finite, min_size=1, max_size=300)


@given(values, st.integers(2, 50))
def test_there_are_no_more_points_than_asked_for_and_they_are_in_order(values: list[float | None], most: int) -> None:
    places = sampled(values, most)

    assert len(places) <= most
    assert list(places) == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(values) - 1)


@given(st.lists(finite, min_size=1, max_size=300), st.integers(4, 50))
def test_the_range_of_values_stays(values: list[float], most: int) -> None:
    kept = [values[place] for place in sampled(values, most)]

    assert (min(kept), max(kept)) == (min(values), max(values))


def test_a_single_peak_in_a_hundred_thousand_steps_is_drawn() -> None:
    losses = [1.0] * 100_000
    losses[77_777] = 9.0

    assert 77_777 in sampled(losses, 500)


def test_the_first_nan_of_a_stretch_takes_the_place_of_its_minimum() -> None:
    losses: list[float | None] = [1.0] * 12
    losses[4], losses[5], losses[6], losses[7] = 0.5, None, None, 2.0

    assert sampled(losses, 4) == [0, 5, 7, 11]
