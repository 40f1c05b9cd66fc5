"""Networks: built-in ones and torchvision's, their cards and the training check."""

from worker.models.build import build
from worker.models.cards import card, cards

__all__ = ["build", "card", "cards"]
