"""The networks."""

from worker.models.build import build
from worker.models.cards import card, cards

__all__ = ["build", "card", "cards"]
