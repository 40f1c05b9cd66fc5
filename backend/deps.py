"""Dependencies of routes: settings, database, notifier and event stream."""

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends, Path, Request, Response

from backend.db.database import Database
from backend.events.tail import Tail
from backend.notifier import Notifier
from backend.settings import Settings


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def _database(request: Request) -> Database:
    return cast(Database, request.app.state.database)


def _notifier(request: Request) -> Notifier:
    return cast(Notifier, request.app.state.notifier)


def _tail(request: Request) -> Tail:
    return cast(Tail, request.app.state.tail)


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
NotifierDep = Annotated[Notifier, Depends(_notifier)]
TailDep = Annotated[Tail, Depends(_tail)]

RowId = Annotated[int, Path(ge=1, lt=2**63)]
"""An id in a path; larger numbers do not fit into the database's integers."""

EVENT_ID_HEADER = "Skiplab-Event-Id"
"""Id of the newest event that a response includes: a stream started after it misses and repeats nothing."""


async def _set_event_id(response: Response) -> Callable[[int], None]:
    def set_event_id(event_id: int) -> None:
        response.headers[EVENT_ID_HEADER] = str(event_id)

    return set_event_id


SetEventId = Annotated[Callable[[int], None], Depends(_set_event_id)]
"""Set `Skiplab-Event-Id` to the newest event that the response includes."""
