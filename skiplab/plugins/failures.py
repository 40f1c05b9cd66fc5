"""How a plugin fails."""

from skiplab.contract.failures import CannotTrain


class BadPlugin(CannotTrain):
    """A plugin's code says something that the lab cannot take; the message tells what and what is allowed."""
