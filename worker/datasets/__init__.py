"""The data sets."""

from worker.datasets.sources import all_versions, card_of, cards, load

__all__ = ["all_versions", "card_of", "cards", "load"]
