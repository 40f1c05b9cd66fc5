"""The data sets."""

from worker.datasets.sources import cards, load

__all__ = ["cards", "load"]
