"""Failures with names, and the one handler that turns them into one JSON shape (RFC 9457, application/problem+json)."""

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from backend.db.database import DatabaseAway, DatabaseBusy, DatabaseUnusable, NumberTooLarge, TextRefused
from backend.middleware.routing import allowed_methods
from skiplab.contract import disagreement
from skiplab.contract.spec import KEY_IN_WORDS, KEY_PATTERN

log = logging.getLogger(__name__)


CLIENT_GONE = 499
"""Status of a request that broke off, as nginx has it. Nobody sees it but what stands before the routes, and logs."""

MOST_ERRORS = 50
"""In one answer, however many fields are wrong."""

LONGEST_DETAIL = 4000
LONGEST_VALUE = 200
"""Characters."""

IN_WORDS = {KEY_PATTERN: KEY_IN_WORDS}
"""What fits a pattern, for people."""

MOST_SHOWN = 20
"""Of a list that was given; a longer one is cut."""


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Dotted path, such as `epochs` or `vary.model.0`.")
    value: Any = Field(None, description="What was given; left out where nothing was.")
    message: str
    allowed: list[Any] | None = Field(None, description="The choices, where there is a list of them.")


class ProblemBody(BaseModel):
    """The body of every error answer."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class Problem(Exception):
    """A failure that the client is to hear of. Subclasses name it and carry its status."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST

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


class NotReady(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE


PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemBody, "description": "What was wrong, as application/problem+json."},
    "503": {
        "model": ProblemBody,
        "description": "Not now; `Retry-After` says when. Without it, a write may have been kept.",
    },
}


def install(app: FastAPI) -> None:
    """Make every failure of `app` answer with a ProblemBody."""

    @app.exception_handler(Problem)
    def _problem(_request: Request, problem: Problem) -> JSONResponse:
        return answer(problem)

    @app.exception_handler(ClientDisconnect)
    def _gone(_request: Request, _error: ClientDisconnect) -> Response:
        """Whoever broke off gets no answer; `idempotency` sees that nothing was done."""
        return Response(status_code=CLIENT_GONE)

    @app.exception_handler(RequestValidationError)
    def _validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [field_error(problem) for problem in error.errors()]
        detail = "; ".join(f"{problem.field}: {problem.message}" for problem in errors)
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            # What no route takes with this method has fallen through to the page, which knows no such file.
            allowed = allowed_methods(request.scope)
            if allowed and request.method not in allowed:
                status = HTTPStatus.METHOD_NOT_ALLOWED
                said = f"{request.method} is not possible here; there is {', '.join(allowed)}."
                return _answer(status, said, headers={"Allow": ", ".join(allowed)})
        return _answer(status, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(DatabaseBusy)
    @app.exception_handler(DatabaseUnusable)
    def _no_database(request: Request, error: DatabaseBusy | DatabaseUnusable) -> JSONResponse:
        # A write may have been kept just before the database went away: nobody is to send it again unseen.
        return answer_without_database(error, unsure=isinstance(error, DatabaseAway) and request.method != "GET")

    @app.exception_handler(NumberTooLarge)
    @app.exception_handler(TextRefused)
    def _refused(_request: Request, error: NumberTooLarge | TextRefused) -> JSONResponse:
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "The lab failed here; its log has the traceback.")


def answer(problem: Problem) -> JSONResponse:
    """For what stands before the routes, where no handler hears an exception."""
    return _answer(problem.status, problem.detail, problem.errors, problem.headers)


def answer_without_database(error: DatabaseBusy | DatabaseUnusable, *, unsure: bool = False) -> JSONResponse:
    """`unsure`: what was asked for may have been done all the same."""
    seconds = 5
    if isinstance(error, DatabaseUnusable):
        log.error("%s", error)
        seconds = 30
    headers = {} if unsure else {"Retry-After": str(seconds)}
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=headers)


def field_error(problem: Any, *, prefix: Sequence[str] = ()) -> FieldError:
    """From one of pydantic's errors: where, what was given, what is allowed."""
    if problem["type"] == "json_invalid":
        why = f"no JSON: {problem['ctx']['error']} at character {problem['loc'][-1]}"
        return FieldError(field="body", value=None, message=why)
    place = [str(part) for part in problem["loc"] if part not in ("body", "query", "path")]
    context = problem.get("ctx", {})
    given = problem.get("input")
    if problem["type"] == "missing":
        # Pydantic shows what the field is missing from.
        given = None
    elif problem["type"] == disagreement.KIND:
        place.append(context["field"])
        given = context["given"]
    allowed = context.get("expected")
    pattern = str(context.get("pattern", ""))
    return FieldError(
        field=".".join([*prefix, *place]) or "body",
        value=_plain(given),
        message=IN_WORDS.get(pattern) or str(problem["msg"]).removeprefix("Value error, "),
        allowed=[choice.strip(" '") for choice in allowed.replace(" or ", ", ").split(",")]
        if problem["type"] == "literal_error" and isinstance(allowed, str)
        else None,
    )


def _plain(value: Any) -> Any:
    """What can be shown in JSON; a whole body repeated in each error helps nobody."""
    if isinstance(value, bool | None) or (isinstance(value, int) and abs(value) < 10**40):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int):
        # Python writes no number of more than 4,300 digits.
        return f"a number of {value.bit_length()} bits"
    if (
        isinstance(value, list | tuple)
        and len(value) <= MOST_SHOWN
        and all(isinstance(each, str | int | float) for each in value)
    ):
        return [_plain(each) for each in value]
    return shortened(str(value), LONGEST_VALUE)


def shortened(text: str, most: int) -> str:
    """With a mark where something is missing, and whole characters alone, so that any answer can be written."""
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
) -> JSONResponse:
    shown = [_short(each) for each in (errors or [])[:MOST_ERRORS]]
    if errors and len(errors) > MOST_ERRORS:
        detail = f"{len(errors):,} values cannot be used; the first {MOST_ERRORS}: {detail}"
    detail = shortened(detail, LONGEST_DETAIL)
    body = ProblemBody(title=status.phrase, status=status, detail=detail, errors=shown or None)
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True),
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )
