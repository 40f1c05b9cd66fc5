"""How requests to the lab fail, and what `init` and `log` raise."""


class Away(Exception):
    """The lab did not answer, or asks to try again later."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after
        """Seconds that the lab asks to wait."""


class Refused(Exception):
    """The lab answered that it will not do this."""

    def __init__(self, status: int, detail: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.fields = fields
        """The fields at fault, such as `tags.0`."""


class CannotResume(Exception):
    """Raised by `init`: its `id` and `resume` contradict the runs that the lab has."""


class StopRequested(KeyboardInterrupt):
    """Raised by `log` in the training process when the run was cancelled or paused on the page.

    A KeyboardInterrupt, so that `except Exception` in a training loop does not swallow it.
    """
