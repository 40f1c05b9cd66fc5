"""/healthz, /readyz and /metrics, at the root: for supervisors, containers and Prometheus."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from backend.db import catalog
from backend.db.migration import is_current
from backend.deps import DatabaseDep, NotifierDep
from backend.errors import PROBLEM_RESPONSE
from backend.health import gauges

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
def ready(response: Response, database: DatabaseDep, notifier: NotifierDep) -> Readiness:
    """Whether a run can be submitted: migrated, broker answers, a worker has said what it offers."""
    missing = []
    if not is_current(database):
        missing.append("the database is not migrated")
    else:
        with database.read() as session:
            if not catalog.is_announced(session):
                missing.append("no worker has announced itself")
    if not notifier.answers():
        missing.append("the broker does not answer")
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(ready=not missing, missing=missing)


@router.get("/metrics", response_class=PlainTextResponse, responses=PROBLEM_RESPONSE)
def metrics(database: DatabaseDep, notifier: NotifierDep) -> Response:
    """The lab's own state for Prometheus, in its text format: runs by status, workers, devices, the broker."""
    with database.read() as session:
        state = gauges.read(session)
    return Response(gauges.written(state, broker_up=notifier.answers()), media_type=gauges.MEDIA_TYPE)
