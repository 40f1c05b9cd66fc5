"""Look up the runs that a request names."""

from collections.abc import Sequence

from backend.db import runs
from backend.db.database import Session
from backend.db.tables import RunTable
from backend.errors import NotFound


def get_run(session: Session, run_id: int) -> RunTable:
    """Return the run. Raises NotFound."""
    row = runs.get(session, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return row


def check_exist(session: Session, run_ids: Sequence[int]) -> None:
    """Check that all runs exist. Raises NotFound."""
    if missing := runs.absent(session, run_ids):
        raise NotFound(f"There is no run {min(missing)}.")
