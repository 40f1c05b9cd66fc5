"""What a call does, apart from how: requests and pauses, which either client carries out.

A call is a generator of steps. `Lab` carries them out with blocking functions, `AsyncLab` with coroutines; both send
the answer to a request back into the generator, or throw Unreachable into it. So every call, with its retries, is
written once.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from skiplab.client.errors import Unreachable, refusal
from skiplab.contract.api import IDEMPOTENCY_KEY

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)

RETRY_PAUSES = (0.2, 0.5, 1.0)
"""Seconds before each further try of a request. `wait` and `events` survive longer outages, such as a restart."""

LONGEST_PAUSE = 10.0
"""Most seconds to pause when the server asks for a pause."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; `path` is below the API's prefix.

    `key`: its Idempotency-Key. With one, a POST can be sent again without a second effect. `file`: the body, instead of
    `json`.
    """

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    key: str | None = None
    file: Path | None = None
    repeatable: bool = True

    @property
    def headers(self) -> dict[str, str]:
        headers = {} if self.key is None else {IDEMPOTENCY_KEY: self.key}
        if self.file is not None:
            headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(self.file.stat().st_size)}
        return headers


@dataclass(frozen=True)
class Answer:
    """The response to a request. `event_id`: the newest event that it includes, if the server names one."""

    status: int
    body: bytes
    retry_after: str | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class Pause:
    seconds: float


Steps = Generator[Request | Pause, Answer | None, T]
"""A call: yields steps, is sent the Answer of each request, and returns the result."""


def proceed(steps: Steps[T], outcome: Answer | Unreachable | None) -> Request | Pause:
    """Return the step that follows this outcome of the previous one; None at the beginning and after a pause.

    Raises StopIteration with the call's result, and what the call raises.
    """
    return steps.throw(outcome) if isinstance(outcome, Unreachable) else steps.send(outcome)


def get(path: str, model: type[Model], **params: Any) -> Steps[Model]:
    """Read a resource. Parameters that are None are left out."""
    answer = yield from exchange(Request("GET", path, params=_given(params)))
    return model.model_validate_json(answer.body)


def text(path: str, **params: Any) -> Steps[str]:
    """Read a document. Parameters that are None are left out."""
    answer = yield from exchange(Request("GET", path, params=_given(params)))
    return answer.body.decode()


def post(path: str, model: type[Model], json: Any = None, *, key: str | None = None) -> Steps[Model]:
    """Send a POST with an Idempotency-Key, a new one by default: a repeat after a time-out has no second effect."""
    answer = yield from exchange(Request("POST", path, json=json, key=key or new_key()))
    return model.model_validate_json(answer.body)


def ask(path: str, model: type[Model], json: Any) -> Steps[Model]:
    """Send a POST that changes nothing, and so needs no key."""
    answer = yield from exchange(Request("POST", path, json=json))
    return model.model_validate_json(answer.body)


def patch(path: str, model: type[Model], json: Any) -> Steps[Model]:
    answer = yield from exchange(Request("PATCH", path, json=json))
    return model.model_validate_json(answer.body)


def delete(path: str, **params: Any) -> Steps[None]:
    """Delete a resource, once: a repeat after a lost answer would be refused as unknown."""
    yield from exchange(Request("DELETE", path, params=_given(params), repeatable=False))


def exchange(request: Request) -> Steps[Answer]:
    """Send a request, again while it has no answer and may be repeated. Raises Unreachable, Refused."""
    for pause in (*RETRY_PAUSES, None):
        try:
            answer = yield request
        except Unreachable:
            if pause is None or not request.repeatable:
                raise
            yield Pause(pause)
            continue
        assert answer is not None, "a request is answered, or Unreachable is thrown"
        if answer.status < HTTPStatus.BAD_REQUEST:
            return answer
        error = refusal(answer.status, answer.body, answer.retry_after)
        # The server names a pause only if nothing was done, or if the first request with this key is in progress.
        if pause is None or error.retry_after is None:
            raise error
        yield Pause(min(max(pause, error.retry_after), LONGEST_PAUSE))
    raise AssertionError("the last try returns or raises")


def new_key() -> str:
    """Return an Idempotency-Key that nobody has used."""
    return uuid4().hex


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
