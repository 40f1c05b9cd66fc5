"""Errors that are reported by their message, without a traceback."""


class CannotTrain(Exception):
    """Raised when a run cannot succeed as requested; the message says what was given, what is allowed, what to do."""
