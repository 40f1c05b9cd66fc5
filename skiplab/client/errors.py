"""What can go wrong between a client and its lab. Light: a script that only logs imports it, too."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skiplab.contract.problems import FieldError
    from skiplab.contract.run import Run


class LabError(Exception):
    """Any failure of a call. `str()` of it is a sentence for the user."""


class BadConnection(LabError):
    """The lab's URL, or the file that names it, cannot be used."""


class Unreachable(LabError):
    """No response: the lab is not running, or the network failed. A request may have arrived nevertheless."""


class Refused(LabError):
    """The lab answered with an error.

    `errors`: fields with an unusable value. `retry_after`: seconds after which a repeat may succeed; None: unknown.
    """

    def __init__(
        self, detail: str, *, status: int, errors: "Sequence[FieldError]" = (), retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.detail, self.status, self.errors, self.retry_after = detail, status, list(errors), retry_after


class NoAccess(Refused):
    """401 or 403: the token is missing, unknown or read-only."""


class NotFound(Refused):
    """404: the lab has no such run, experiment, figure, ..."""


class Conflict(Refused):
    """409: not possible in the present state, such as cancelling a finished run."""


class Invalid(Refused):
    """422: unusable values; `errors` names each field, the value given and what is allowed."""


class ServerFault(Refused):
    """5xx: the lab failed, or is not ready yet."""


class Ambiguous(LabError):
    """Several runs have this name; `runs` has their numbers."""

    def __init__(self, name: str, runs: Sequence[int]) -> None:
        super().__init__(f"{len(runs)} runs are named {name!r}; use a number: {', '.join(map(str, runs))}.")
        self.name, self.runs = name, list(runs)


class WaitTimeout(LabError):
    """The runs did not end in time; `runs` has their last known state."""

    def __init__(self, seconds: float, runs: "Sequence[Run]") -> None:
        pending = [run for run in runs if run.finished_at is None]
        super().__init__(f"{len(pending)} of {len(runs)} runs have not ended within {seconds:g} s.")
        self.runs = list(runs)


KINDS: Mapping[int, type[Refused]] = {
    HTTPStatus.UNAUTHORIZED: NoAccess,
    HTTPStatus.FORBIDDEN: NoAccess,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.UNPROCESSABLE_ENTITY: Invalid,
}
"""Status to the error raised for it; others raise Refused, from 500 on ServerFault."""


def refusal(status: int, body: bytes, retry_after: str | None) -> Refused:
    """Return the error for a response."""
    from pydantic import ValidationError

    from skiplab.contract.problems import ProblemBody

    kind = KINDS.get(status, ServerFault if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused)
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    try:
        problem = ProblemBody.model_validate_json(body)
    except ValidationError:
        # Not from the lab: a proxy, or another server at this address.
        return kind(f"The server answered with status {status}, without an explanation.", status=status)
    return kind(problem.detail, status=status, errors=problem.errors or (), retry_after=seconds)
