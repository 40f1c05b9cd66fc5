"""The failures that every part of the lab reports by their sentence, without a traceback."""


class CannotTrain(Exception):
    """The run cannot succeed as it was asked for; the message says what was given, what is allowed and what to do."""
