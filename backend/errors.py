"""Errors of the API, and the handlers that answer them as problem details (RFC 9457, application/problem+json)."""

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Self

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from backend.db.database import DatabaseBusy, DatabaseUnreachable, DatabaseUnusable, NumberTooLarge, TextRefused
from backend.middleware.routing import allowed_methods
from skiplab.contract import disagreement
from skiplab.contract.problems import FieldError, ProblemBody
from skiplab.contract.validation import got, message_of

log = logging.getLogger(__name__)


CLIENT_GONE = 499
"""Status of a request whose client disconnected, as in nginx. Only middleware and logs see it."""

MOST_ERRORS = 50
"""Most field errors in one response."""

LONGEST_DETAIL = 4000
"""Characters of a detail or message."""

LONGEST_VALUE = 200
"""Characters of a value or field path."""

BRANCH = "body of kind "
"""Begins the tag of each model of a union of bodies, which the path of a field omits."""

MOST_SHOWN = 20
"""Longest list that is returned as a value."""


class Problem(Exception):
    """An error reported to the client. Subclasses define its status."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    type: ClassVar[str] = "about:blank"
    """A name for clients that tell problems of one status apart."""

    def __init__(
        self, detail: str, *, errors: Sequence[FieldError] | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors) if errors else None
        self.headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND


class Conflict(Problem):
    status = HTTPStatus.CONFLICT


class Invalid(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    @classmethod
    def of(cls, field: str, value: Any, message: str, *, allowed: list[Any] | None = None) -> Self:
        """Return the failure of one field."""
        return cls(
            f"{field}: {message}", errors=[FieldError(field=field, value=value, message=message, allowed=allowed)]
        )


class NotReady(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE


PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemBody, "description": "Client error, as application/problem+json."},
    "503": {
        "model": ProblemBody,
        "description": "Unavailable; retry after `Retry-After` seconds. Without it, a write may have succeeded.",
    },
}


def install(app: FastAPI) -> None:
    """Make `app` answer every error with a ProblemBody."""

    @app.exception_handler(Problem)
    def _problem(_request: Request, problem: Problem) -> JSONResponse:
        return answer(problem)

    @app.exception_handler(ClientDisconnect)
    def _gone(_request: Request, _error: ClientDisconnect) -> Response:
        """A disconnected client gets no response; `idempotency` sees that nothing was done."""
        return Response(status_code=CLIENT_GONE)

    @app.exception_handler(RequestValidationError)
    def _validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [field_error(problem) for problem in error.errors()]
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, detail_of(errors), errors)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            # A path without a route for this method falls through to the page's static files.
            allowed = allowed_methods(request.scope)
            if allowed and request.method not in allowed:
                status = HTTPStatus.METHOD_NOT_ALLOWED
                detail = f"{request.method} is not allowed here; allowed: {', '.join(allowed)}."
                return _answer(status, detail, headers={"Allow": ", ".join(allowed)})
        return _answer(status, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(DatabaseBusy)
    @app.exception_handler(DatabaseUnusable)
    def _no_database(request: Request, error: DatabaseBusy | DatabaseUnusable) -> JSONResponse:
        # A write may have been committed just before the connection was lost: it must not be retried blindly.
        return answer_without_database(error, unsure=isinstance(error, DatabaseUnreachable) and request.method != "GET")

    @app.exception_handler(NumberTooLarge)
    @app.exception_handler(TextRefused)
    def _refused(_request: Request, error: NumberTooLarge | TextRefused) -> JSONResponse:
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error; the log of the backend has the traceback.")


def answer(problem: Problem) -> JSONResponse:
    """Build the response to a problem in middleware, where exception handlers do not apply."""
    return _answer(problem.status, problem.detail, problem.errors, problem.headers, problem.type)


def answer_without_database(error: DatabaseBusy | DatabaseUnusable, *, unsure: bool = False) -> JSONResponse:
    """Build a 503. `unsure`: the request may have succeeded nevertheless, so no `Retry-After` is sent."""
    seconds = 5
    if isinstance(error, DatabaseUnusable):
        log.error("%s", error)
        seconds = 30
    headers = {} if unsure else {"Retry-After": str(seconds)}
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=headers)


def field_error(problem: Any, *, prefix: Sequence[str] = ()) -> FieldError:
    """Convert an entry of `ValidationError.errors()`: the field, the value given, what is allowed."""
    if problem["type"] == "json_invalid":
        why = f"invalid JSON: {problem['ctx']['error']} at character {problem['loc'][-1]}"
        return FieldError(field="body", value=None, message=why)
    path = [str(part) for part in problem["loc"] if part not in ("body", "query", "path") and not _is_branch(part)]
    context = problem.get("ctx", {})
    given = problem.get("input")
    if problem["type"] == "missing":
        # Pydantic's input is the object that lacks the field.
        given = None
    elif problem["type"] == disagreement.KIND:
        path.append(context["field"])
        given = context["given"]
    allowed = context.get("expected")
    return FieldError(
        field=".".join([*prefix, *path]) or "body",
        value=_plain(given),
        message=message_of(problem),
        allowed=[choice.strip(" '") for choice in allowed.replace(" or ", ", ").split(",")]
        if problem["type"] == "literal_error" and isinstance(allowed, str)
        else None,
    )


def _is_branch(part: object) -> bool:
    return isinstance(part, str) and part.startswith(BRANCH)


def detail_of(errors: Sequence[FieldError]) -> str:
    """Join field errors to one sentence: field, what is allowed and the value given."""
    return "; ".join(f"{each.field}: {each.message}{got(_plain(each.value), each.message)}" for each in errors)


def _plain(value: Any) -> Any:
    """Reduce a value to what fits into an error; repeating a whole body would help nobody."""
    if isinstance(value, bool | None) or (isinstance(value, int) and abs(value) < 10**40):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int):
        # Python refuses to format integers of more than 4,300 digits.
        return f"an integer of {value.bit_length()} bits"
    if (
        isinstance(value, list | tuple)
        and len(value) <= MOST_SHOWN
        and all(isinstance(each, str | int | float) for each in value)
    ):
        return [_plain(each) for each in value]
    return shortened(str(value), LONGEST_VALUE)


def shortened(text: str, most: int) -> str:
    """Truncate to `most` characters, with an ellipsis, and replace lone surrogates, which UTF-8 cannot encode."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return cut.encode(errors="replace").decode()


def _short(error: FieldError) -> FieldError:
    value = error.value
    if not isinstance(value, list | dict) or len(str(value)) > LONGEST_VALUE:
        value = _plain(value)
    field, message = shortened(error.field, LONGEST_VALUE), shortened(error.message, LONGEST_DETAIL)
    return error.model_copy(update={"field": field, "value": value, "message": message})


def _answer(
    status: HTTPStatus,
    detail: str,
    errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
    kind: str = "about:blank",
) -> JSONResponse:
    shown = [_short(each) for each in (errors or [])[:MOST_ERRORS]]
    if errors and len(errors) > MOST_ERRORS:
        detail = f"{len(errors):,} invalid values; the first {MOST_ERRORS}: {detail}"
    detail = shortened(detail, LONGEST_DETAIL)
    body = ProblemBody(type=kind, title=status.phrase, status=status, detail=detail, errors=shown or None)
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True),
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )
