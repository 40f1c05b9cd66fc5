"""The one family of failures that end a run with a reason instead of a traceback."""


class CannotTrain(Exception):
    """The run cannot succeed as it was asked for; the message says what was given, what is allowed and what to do."""
