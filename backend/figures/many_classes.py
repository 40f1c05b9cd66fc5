"""Classes along an axis, where they are many or have long names."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

LETTERS = 24
"""Of a name beside an axis; the whole name is under the pointer."""

ROW_HEIGHT = 15
"""Pixels; with fewer the names would touch."""

FEW = 20
"""So many rows have room in the lowest figure."""


def names_of(names: Sequence[str] | None, classes: int) -> list[str]:
    """The names if there are exactly so many; else the classes' numbers."""
    return unique(names if names is not None and len(names) == classes else [*map(str, range(classes))])


def unique(names: Sequence[str]) -> list[str]:
    """Plotly would lay two classes of one name on each other."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def named_axis(names: Sequence[str]) -> dict[str, Any]:
    """For an axis of these categories."""
    texts = [name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…" for name in names]
    if len(names) <= FEW:
        return {"type": "category"} if texts == list(names) else {"type": "category", **_ticks(names, texts)}
    return {"type": "category", **_ticks(names, texts), "tickfont": {"size": 10}}


def _ticks(names: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    return {"tickmode": "array", "tickvals": list(names), "ticktext": list(texts)}


def height_of(rows: int, around: int) -> dict[str, int]:
    """For the layout: room for so many rows, with so many pixels above and below them."""
    return {"height": ROW_HEIGHT * rows + around} if rows > FEW else {}
