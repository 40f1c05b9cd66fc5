"""The state of a run as its events store it: the columns that change while it waits, trains and ends."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.db.tables import RunTable

COLUMNS = (
    "status",
    "reason",
    "stalled",
    "activity",
    "stop_as",
    "attempt",
    "epoch",
    "epoch_share",
    "best_value",
    "best_epoch",
    "trained_seconds",
    "worker_id",
    "finished_at",
    "lost_contact",
)

TIMES = ("finished_at", "lost_contact")

State = Mapping[str, Any]
"""Values of COLUMNS."""

_DEFAULTS: State = {name: RunTable.model_fields[name].default for name in COLUMNS}


def of(row: RunTable) -> State:
    return {name: getattr(row, name) for name in COLUMNS}


def encode(state: State) -> str:
    """Return one line of JSON; defaults are omitted."""
    changed = {name: value for name, value in state.items() if value != _DEFAULTS[name]}
    return json.dumps(changed, separators=(",", ":"), default=datetime.isoformat)


def is_whole_run(payload: str) -> bool:
    """Return whether an event of an older version stored the whole run, which begins with its id."""
    return payload.startswith('{"id":')


def decode(payload: str) -> State:
    state = {**_DEFAULTS, **json.loads(payload)}
    for name in TIMES:
        if state[name] is not None:
            state[name] = datetime.fromisoformat(state[name])
    return state
