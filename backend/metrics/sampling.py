"""Sampling of long series for a chart, which has only so many pixels."""

from collections.abc import Iterator, Sequence

from backend.db.metrics import Point


def sampled(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most `most` points, in order: the first, the last, and the minimum and maximum of equally long
    stretches in between, so that no peak disappears. The first NaN or infinity of a stretch replaces its minimum.

    The min/max decimation of Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.
    """
    if len(points) <= most:
        return list(points)
    inner = points[1:-1]
    stretches = (most - 2) // 2
    places = {0, len(points) - 1}
    for number in range(stretches):
        first, end = number * len(inner) // stretches, (number + 1) * len(inner) // stretches
        places.update(1 + first + place for place in _extremes(inner[first:end]))
    return [points[place] for place in sorted(places)]


def _extremes(stretch: Sequence[Point]) -> Iterator[int]:
    """Yield at most two places of a stretch."""
    values = [(point.value, place) for place, point in enumerate(stretch) if point.value is not None]
    missing = next((place for place, point in enumerate(stretch) if point.value is None), None)
    if missing is not None:
        yield missing
    if values:
        yield max(values)[1]
    if values and missing is None:
        yield min(values)[1]
