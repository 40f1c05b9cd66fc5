"""Axes of classes that are many or have long names."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

LETTERS = 24
"""Longest class name beside an axis, in characters; the hover label has the whole name."""

ROW_HEIGHT = 15
"""Pixels; with fewer, names would overlap."""

FEW = 20
"""Rows that fit into a figure of the minimum height."""


def names_of(names: Sequence[str] | None, classes: int) -> list[str]:
    """Return the names if their number matches, else class indices."""
    return unique(names if names is not None and len(names) == classes else [*map(str, range(classes))])


def unique(names: Sequence[str]) -> list[str]:
    """Make names unique: Plotly merges categories of one name."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def named_axis(names: Sequence[str]) -> dict[str, Any]:
    """Return the settings of an axis with these categories."""
    texts = [name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…" for name in names]
    if len(names) <= FEW:
        return {"type": "category"} if texts == list(names) else {"type": "category", **_ticks(names, texts)}
    return {"type": "category", **_ticks(names, texts), "tickfont": {"size": 10}}


def _ticks(names: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    return {"tickmode": "array", "tickvals": list(names), "ticktext": list(texts)}


def height_of(rows: int, around: int) -> dict[str, int]:
    """Return layout settings for `rows` rows and `around` pixels above and below them."""
    return {"height": ROW_HEIGHT * rows + around} if rows > FEW else {}
