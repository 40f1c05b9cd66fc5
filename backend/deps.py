"""Dependencies of routes: settings, database, notifier and event stream."""

from typing import Annotated, cast

from fastapi import Depends, Path, Request, Response

from backend.db.database import Database
from backend.events.tail import Tail
from backend.notifier import Notifier
from backend.settings import Settings
from backend.snapshot import Snapshot, Value
from backend.upgrade import Upgrade
from skiplab.contract.api import EVENT_ID


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def _database(request: Request) -> Database:
    return cast(Database, request.app.state.database)


def _notifier(request: Request) -> Notifier:
    return cast(Notifier, request.app.state.notifier)


def _upgrade(request: Request) -> Upgrade:
    return cast(Upgrade, request.app.state.upgrade)


def _tail(request: Request) -> Tail:
    return cast(Tail, request.app.state.tail)


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
NotifierDep = Annotated[Notifier, Depends(_notifier)]
UpgradeDep = Annotated[Upgrade, Depends(_upgrade)]
TailDep = Annotated[Tail, Depends(_tail)]

RowId = Annotated[int, Path(ge=1, lt=2**63)]
"""An id in a path; larger numbers do not fit into the database's integers."""


class SnapshotResponse:
    """Return the value of a snapshot, and its event id in the response's headers."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __call__(self, snapshot: Snapshot[Value]) -> Value:
        self._response.headers[EVENT_ID] = str(snapshot.event_id)
        return snapshot.value


async def _snapshot_response(response: Response) -> SnapshotResponse:
    return SnapshotResponse(response)


Respond = Annotated[SnapshotResponse, Depends(_snapshot_response)]
