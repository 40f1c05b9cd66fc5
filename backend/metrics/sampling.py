"""Sampling of long series for a chart, which has only so many pixels."""

from collections.abc import Iterator, Sequence

Values = Sequence[float | None]
"""None: NaN or infinity."""


def sampled(values: Values, most: int) -> Sequence[int]:
    """Return the places of at most `most` values, in order: the first, the last, and the minimum and maximum of equally
    long stretches in between, so that no peak disappears. The first NaN or infinity of a stretch replaces its minimum.

    The min/max decimation of Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
    """
    if len(values) <= most:
        return range(len(values))
    inner = values[1:-1]
    stretches = (most - 2) // 2
    places = {0, len(values) - 1}
    for number in range(stretches):
        first, end = number * len(inner) // stretches, (number + 1) * len(inner) // stretches
        places.update(1 + first + place for place in _extremes(inner[first:end]))
    return sorted(places)


def _extremes(stretch: Values) -> Iterator[int]:
    """Yield at most two places of a stretch."""
    finite = [(value, place) for place, value in enumerate(stretch) if value is not None]
    missing = next((place for place, value in enumerate(stretch) if value is None), None)
    if missing is not None:
        yield missing
    if finite:
        yield max(finite)[1]
    if finite and missing is None:
        yield min(finite)[1]
