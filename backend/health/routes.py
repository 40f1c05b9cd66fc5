"""/healthz and /readyz, at the root: for supervisors and containers."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from backend.db import catalog
from backend.db.migration import is_current
from backend.deps import DatabaseDep, QueueDep

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: str = "alive"


class Readiness(BaseModel):
    ready: bool
    missing: list[str] = Field(description="What the service still waits for.")


@router.get("/healthz")
def alive() -> Alive:
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}})
def ready(response: Response, database: DatabaseDep, queue: QueueDep) -> Readiness:
    """Whether a run can be submitted: migrated, broker answers, a worker has said what it offers."""
    missing = []
    if not is_current(database):
        missing.append("the database is not migrated")
    else:
        with database.read() as session:
            if not catalog.is_announced(session):
                missing.append("no worker has announced itself")
    if not queue.answers():
        missing.append("the broker does not answer")
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(ready=not missing, missing=missing)
