"""A built-in data set: its card, and how to put it into the cache."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skiplab.contract.catalog import DatasetCard

Tell = Callable[[str], None]
"""Called with the current activity, for display; an exception that it raises ends the work."""


@dataclass(frozen=True)
class Known:
    """A data set that Skiplab can download or generate."""

    card: DatasetCard
    """Shown until the data set is in the cache, whose card has more."""

    make: Callable[[Path, Tell], None]
    """Put the data set into the cache below a home folder. Called once, however many runs need it."""

    numerics: int = 1
    """Incremented when it gives other pixels, labels or splits."""
