"""The networks."""

from worker.models.cards import card, cards
from worker.models.registry import build

__all__ = ["build", "card", "cards"]
