"""The one family of failures that end a run with a reason instead of a traceback."""

from skiplab.contract.failures import CannotTrain

__all__ = ["CannotTrain"]
