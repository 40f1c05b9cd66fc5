"""/healthz, /readyz and /metrics, for supervisors, containers and Prometheus."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from backend.db import catalog
from backend.db.migration import is_current
from backend.db.progress import UpgradeStep
from backend.deps import DatabaseDep, NotifierDep, UpgradeDep
from backend.errors import PROBLEM_RESPONSE
from backend.health import gauges

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: str = "alive"


class Readiness(BaseModel):
    ready: bool
    missing: list[str] = Field(description="What is not ready yet.")
    upgrade: UpgradeStep | None = Field(None, description="Only while the database is being upgraded.")


@router.get("/healthz")
def alive() -> Alive:
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}}, response_model_exclude_none=True)
def ready(response: Response, database: DatabaseDep, notifier: NotifierDep, upgrade: UpgradeDep) -> Readiness:
    """Return whether runs can be submitted: database migrated, broker up, a worker announced."""
    missing, step = [], upgrade.step
    if step is not None:
        missing.append(f"the database is being upgraded: {step}")
    elif not is_current(database):
        missing.append("the database is not migrated")
    else:
        with database.read() as session:
            if not catalog.is_announced(session):
                missing.append("no worker has announced itself")
    if not notifier.answers():
        missing.append("the broker does not respond")
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(ready=not missing, missing=missing, upgrade=step)


@router.get("/metrics", response_class=PlainTextResponse, responses=PROBLEM_RESPONSE)
def metrics(database: DatabaseDep, notifier: NotifierDep) -> Response:
    """Return Skiplab's state in the Prometheus text format: runs by status, workers, devices, broker."""
    with database.read() as session:
        state = gauges.read(session)
    return Response(gauges.render(state, broker_up=notifier.answers()), media_type=gauges.MEDIA_TYPE)
