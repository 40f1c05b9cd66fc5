"""A data set that the lab itself can get: what is said of it, and how it comes into the cache."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skiplab.contract.catalog import DatasetCard

Tell = Callable[[str], None]
"""Hears what is being done right now; what it raises ends the work."""


@dataclass(frozen=True)
class Known:
    card: DatasetCard
    """While it is not in the cache; from then on the cache has a fuller one."""

    make: Callable[[Path, Tell], None]
    """Put it into the cache of the lab's home folder. Called once, however many runs want it."""

    numerics: int = 1
    """Raised when it makes other pixels, labels or splits."""
