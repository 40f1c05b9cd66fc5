"""Data sets: built-in, downloaded and imported ones, and their cache on disk."""

from worker.datasets.sources import all_versions, card_of, cards, load

__all__ = ["all_versions", "card_of", "cards", "load"]
