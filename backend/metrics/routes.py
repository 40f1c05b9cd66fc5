"""/metrics, /runs/{id}/metrics and /quantities"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from backend.db import metrics, quantities
from backend.deps import DatabaseDep, Respond, RowId
from backend.errors import PROBLEM_RESPONSE, Invalid
from backend.metrics import service
from backend.metrics.service import Wanted
from skiplab.contract.metrics import QUANTITIES
from skiplab.contract.series import KeyList, QuantityList, SeriesList

router = APIRouter(tags=["metrics"], responses=PROBLEM_RESPONSE)

MAX_RUNS = 1000

Runs = Annotated[str, Query(description="Run ids, separated by commas.", examples=["1,2,3"])]
Keys = Annotated[str | None, Query(description="Metric keys, separated by commas; all by default.")]
MaxPoints = Annotated[
    int | None,
    Query(
        ge=2,
        le=100_000,
        description="Most points per series. Of a longer one, the first, the last, and of each stretch in between the"
        " minimum and maximum, or the maximum and the first NaN or infinity.",
    ),
]
SinceEpoch = Annotated[int, Query(ge=0, description="Only points after this epoch.")]
SinceStep = Annotated[int | None, Query(ge=-1, lt=2**63, description="Only points after this step.")]


def _wanted(
    keys: Keys = None, since_epoch: SinceEpoch = 0, since_step: SinceStep = None, max_points: MaxPoints = None
) -> Wanted:
    return Wanted(_split(keys), since_epoch, since_step, max_points)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get("/metrics")
def read_metrics(runs: Runs, wanted: WantedDep, respond: Respond, database: DatabaseDep) -> SeriesList:
    """Return the series of several runs. Step losses (`step/loss`) are included only if named in `keys`."""
    return respond(service.series(database, run_ids(runs), wanted))


@router.get("/quantities")
def list_quantities(database: DatabaseDep) -> QuantityList:
    """List the quantities that runs log, with title, unit, range and direction: built-in ones first, then plugins'. A
    key that is not listed has no unit and no preferred direction."""
    with database.read() as session:
        return QuantityList(items=[*QUANTITIES, *quantities.own(session)])


@router.get("/metrics/keys")
def list_metric_keys(runs: Runs, database: DatabaseDep) -> KeyList:
    """List the metric keys logged by any of these runs."""
    with database.read() as session:
        return KeyList(items=list(metrics.keys_of(session, run_ids(runs))))


@router.get("/runs/{run_id}/metrics")
def read_run_metrics(run_id: RowId, wanted: WantedDep, respond: Respond, database: DatabaseDep) -> SeriesList:
    """Return the series of one run. Step losses (`step/loss`) are included only if named in `keys`."""
    return respond(service.series(database, [run_id], wanted))


def run_ids(given: str) -> list[int]:
    """Parse comma-separated run ids. Raises Invalid."""
    parts = _split(given) or []
    if len(parts) > MAX_RUNS or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        message = f"must be up to {MAX_RUNS} run ids separated by commas, such as 1,2,3"
        raise Invalid.of("runs", given, message)
    return [int(part) for part in parts]


def _split(given: str | None) -> list[str] | None:
    return None if given is None else [part.strip() for part in given.split(",") if part.strip()]
