"""/events"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from sse_starlette.sse import EventSourceResponse

from backend.deps import TailDep
from backend.errors import PROBLEM_RESPONSE, Invalid
from backend.metrics.routes import run_ids
from skiplab.contract.events import EventType

router = APIRouter(tags=["events"], responses=PROBLEM_RESPONSE)

PING_SECONDS = 15
SEND_TIMEOUT_SECONDS = 30
"""A client that takes nothing for this long is dropped; its frames must not pile up in memory."""


DESCRIPTION = f"""Server-sent events of type {", ".join(f"`{event}`" for event in EventType)}; `id:` is the event id.

`EventPayloads` has the shape of each one's `data`. A `run` is in the state it had at that place of the stream, under
its current name, tags and note; if it has been deleted since, `removed` is sent instead, possibly several times."""


@router.get("/events", response_class=EventSourceResponse, description=DESCRIPTION)
async def stream_events(
    tail: TailDep,
    after: Annotated[int | None, Query(ge=0, description="Start after this event id; left out: from now on.")] = None,
    runs: Annotated[str | None, Query(description="Only these runs' events: ids separated by commas.")] = None,
    last_event_id: Annotated[str | None, Header(description="Sent by browsers when they reconnect.")] = None,
) -> EventSourceResponse:
    """Stream what has changed after an event, then what changes from now on."""
    wanted = set(run_ids(runs)) if runs is not None else None
    start = _event_id(last_event_id) if last_event_id else after

    async def encoded() -> AsyncIterator[bytes]:
        async for batch in tail.batches(start):
            if chunk := batch.encoded if wanted is None else batch.of_runs(wanted):
                yield chunk

    return EventSourceResponse(encoded(), ping=PING_SECONDS, send_timeout=SEND_TIMEOUT_SECONDS)


def _event_id(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Invalid.of("last-event-id", given, "must be the id of an event, a whole number")
    return int(given)
