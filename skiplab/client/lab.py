"""`Lab` and `AsyncLab`: the same calls, blocking and as coroutines.

The calls are listed once, in `Calls`; the two classes differ in how they send a request, pause and stream.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

import httpx2

from skiplab.client import calls, connection
from skiplab.client.calls.lookup import WhichRun
from skiplab.client.errors import Unreachable
from skiplab.client.events import Event, Follower
from skiplab.client.steps import Answer, Pause, Request, Steps, proceed
from skiplab.contract.api import EVENT_ID, PREFIX

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_SECONDS = 30.0

CHUNK = 1 << 20
"""Bytes of a file that are read at once."""

Outcome = Answer | Unreachable | None


class Call(Generic[P, T]):
    """A method of both clients: returns its result on Lab, and an awaitable of it on AsyncLab."""

    def __init__(self, steps: Callable[P, Steps[T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Lab", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncLab", owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self

        @wraps(self.steps)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.perform(self.steps(*args, **kwargs))

        return call


class Calls:
    """Every call of the API that clients have; one row each."""

    submit = Call(calls.submit.submit)
    estimate = Call(calls.submit.estimate)

    runs = Call(calls.runs.runs)
    page = Call(calls.runs.page)
    run = Call(calls.runs.run)
    these = Call(calls.runs.these)
    wait = Call(calls.runs.wait)
    logs = Call(calls.runs.logs)
    cancel = Call(calls.runs.cancel)
    pause = Call(calls.runs.pause)
    resume = Call(calls.runs.resume)
    retry = Call(calls.runs.retry)
    archive = Call(calls.runs.archive)
    unarchive = Call(calls.runs.unarchive)
    delete = Call(calls.runs.delete)
    change = Call(calls.runs.change)
    bulk = Call(calls.runs.bulk)

    experiments = Call(calls.experiments.experiments)
    experiment = Call(calls.experiments.experiment)
    cancel_experiment = Call(calls.experiments.cancel)
    archive_experiment = Call(calls.experiments.archive)
    delete_experiment = Call(calls.experiments.delete)

    series = Call(calls.metrics.series)
    metrics = Call(calls.metrics.metrics)
    keys = Call(calls.metrics.keys)
    quantities = Call(calls.metrics.quantities)

    figure = Call(calls.figures.figure)
    drawing = Call(calls.figures.drawing)
    figures = Call(calls.figures.figures)

    evidence = Call(calls.evidence.evidence)
    claims = Call(calls.evidence.claims)
    report = Call(calls.reports.report)
    measures_csv = Call(calls.reports.measures_csv)

    datasets = Call(calls.catalog.datasets)
    versions = Call(calls.catalog.versions)
    rename_dataset = Call(calls.catalog.rename_dataset)
    delete_version = Call(calls.catalog.delete_version)
    models = Call(calls.catalog.models)
    model = Call(calls.catalog.model)

    workers = Call(calls.workers.workers)
    drain = Call(calls.workers.drain)
    undrain = Call(calls.workers.undrain)

    upload = Call(calls.imports.upload)
    wait_import = Call(calls.imports.wait_import)

    tokens = Call(calls.tokens.tokens)
    make_token = Call(calls.tokens.make_token)
    revoke_token = Call(calls.tokens.revoke_token)
    whoami = Call(calls.workers.whoami)
    budget = Call(calls.workers.budget)


class Lab(Calls):
    """A lab, by its URL; without one the lab of SKIPLAB_URL, of `skiplab login`, or the one on this machine.

    `transport`: replaces HTTP, such as by an application in this process. Can be used by several threads.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.connection = connection.find(url, token)
        self._http = httpx2.Client(**_settings(self.connection, timeout), transport=transport)

    @property
    def url(self) -> str:
        return self.connection.url

    def perform(self, steps: Steps[T]) -> T:
        """Carry out a call."""
        outcome: Outcome = None
        try:
            while True:
                outcome = self._carry_out(proceed(steps, outcome))
        except StopIteration as end:
            result: T = end.value
            return result

    def events(self, runs: Sequence[WhichRun] | None = None, *, after: int | None = None) -> Iterator[Event]:
        """Yield events as they happen; reconnects after a failure, and misses none.

        `runs`: only theirs, and those of no run. `after`: start after this event id; by default from now on.
        """
        follower = self.perform(Follower.begin(runs, after))
        while True:
            try:
                with self._http.stream(**follower.request()) as response:
                    if response.is_error:
                        follower.refused(response.status_code, response.read(), response.headers.get("Retry-After"))
                    else:
                        for message in httpx2.EventSource(response):
                            yield from follower.take(message)
            except httpx2.SSEError as error:
                raise _unreachable(self.url, error) from error
            except httpx2.TransportError:
                pass  # reconnects
            time.sleep(follower.pause())

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _carry_out(self, step: Request | Pause) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            content = None if step.file is None else _chunks(step.file)
            return _answer(self._http.request(**_arguments(step), content=content))
        except httpx2.TransportError as error:
            return _unreachable(self.url, error)


class AsyncLab(Calls):
    """A lab for asyncio; as `Lab` otherwise."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.connection = connection.find(url, token)
        self._http = httpx2.AsyncClient(**_settings(self.connection, timeout), transport=transport)

    @property
    def url(self) -> str:
        return self.connection.url

    async def perform(self, steps: Steps[T]) -> T:
        """Carry out a call."""
        outcome: Outcome = None
        try:
            while True:
                outcome = await self._carry_out(proceed(steps, outcome))
        except StopIteration as end:
            result: T = end.value
            return result

    async def events(self, runs: Sequence[WhichRun] | None = None, *, after: int | None = None) -> AsyncIterator[Event]:
        """Yield events as they happen, as `Lab.events`."""
        follower = await self.perform(Follower.begin(runs, after))
        while True:
            try:
                async with self._http.stream(**follower.request()) as response:
                    if response.is_error:
                        body = await response.aread()
                        follower.refused(response.status_code, body, response.headers.get("Retry-After"))
                    else:
                        async for message in httpx2.EventSource(response):
                            for event in follower.take(message):
                                yield event
            except httpx2.SSEError as error:
                raise _unreachable(self.url, error) from error
            except httpx2.TransportError:
                pass  # reconnects
            await asyncio.sleep(follower.pause())

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _carry_out(self, step: Request | Pause) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            content = None if step.file is None else _async_chunks(step.file)
            return _answer(await self._http.request(**_arguments(step), content=content))
        except httpx2.TransportError as error:
            return _unreachable(self.url, error)


def _unreachable(url: str, error: httpx2.TransportError) -> Unreachable:
    """Return the error for a request without a response."""
    if isinstance(error, httpx2.ConnectError):
        return Unreachable(f"No lab answers at {url}: start one with `skiplab up`, or name another with SKIPLAB_URL.")
    return Unreachable(f"The lab at {url} did not answer: {str(error) or type(error).__name__}.")


def _settings(found: connection.Connection, timeout: float) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {found.token}"} if found.token else {}
    # A proxy of the environment is for other hosts: it cannot reach this one.
    on_loopback = httpx2.URL(found.url).host in ("127.0.0.1", "localhost", "::1")
    return {
        "base_url": f"{found.url}{PREFIX}",
        "headers": headers,
        "timeout": timeout,
        "trust_env": not on_loopback,
        # Certificates take a tenth of a second to load, and are of no use without TLS.
        "verify": found.url.startswith("https:"),
    }


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.path,
        "params": request.params,
        "json": request.json,
        "headers": request.headers,
    }


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


async def _async_chunks(file: Path) -> AsyncIterator[bytes]:
    for chunk in _chunks(file):
        yield chunk


def _answer(response: httpx2.Response) -> Answer:
    headers = response.headers
    return Answer(response.status_code, response.content, headers.get("Retry-After"), headers.get(EVENT_ID))
