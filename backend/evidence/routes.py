"""/claims and /evidence"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from backend.deps import DatabaseDep, Respond, SettingsDep
from backend.errors import PROBLEM_RESPONSE, Invalid
from backend.evidence import service
from backend.evidence.schemas import CellCurveList, ClaimSetList, Evidence, Measured
from backend.metrics.routes import run_ids
from skiplab.contract.metrics import Metric, QuantityKey

router = APIRouter(tags=["evidence"], responses=PROBLEM_RESPONSE)


class CsvResponse(PlainTextResponse):
    media_type = "text/csv"


RUNS = "Run ids, separated by commas."
EXPERIMENT = "All runs of this experiment, instead of `runs`."

Runs = Annotated[str | None, Query(description=RUNS, examples=["1,2,3"])]
Experiment = Annotated[int | None, Query(description=EXPERIMENT)]
Target = Annotated[float | None, Query(gt=0, lt=1, description="Target test accuracy of times to a target.")]


@router.get("/claims")
def list_claims(database: DatabaseDep, settings: SettingsDep) -> ClaimSetList:
    """List all sets of claims: built-in and your own."""
    return service.claims(database, settings.home)


@router.get("/evidence")
def read_evidence(
    respond: Respond,
    database: DatabaseDep,
    settings: SettingsDep,
    runs: Runs = None,
    experiment: Experiment = None,
    claims: Annotated[str | None, Query(description="Key of one set of claims; all if omitted.")] = None,
    target: Target = None,
) -> Evidence:
    """Judge every claim on these runs, with the measures behind it and what would settle it.

    Times to a `target` that is not the claim's own are shown and get no verdict.
    """
    return respond(
        service.answer(
            database,
            settings.home,
            run_ids=selected_ids(runs, experiment),
            experiment_id=experiment,
            claims_key=claims,
            target=target,
        )
    )


@router.get("/evidence/measures")
def read_measures(
    respond: Respond,
    database: DatabaseDep,
    runs: Runs = None,
    experiment: Experiment = None,
    target: Target = None,
) -> Measured:
    """Return the measures of these runs and their configurations, without verdicts."""
    return respond(
        service.measured(database, run_ids=selected_ids(runs, experiment), experiment_id=experiment, target=target)
    )


@router.get("/evidence/measures.csv", response_class=CsvResponse)
def export_measures(
    database: DatabaseDep, runs: Runs = None, experiment: Experiment = None, target: Target = None
) -> CsvResponse:
    """Export one row per run: its spec and its measures."""
    text = service.table(database, run_ids=selected_ids(runs, experiment), experiment_id=experiment, target=target)
    return CsvResponse(text, headers={"Content-Disposition": 'attachment; filename="skiplab-measures.csv"'})


@router.get("/evidence/curves")
def read_curves(
    respond: Respond,
    database: DatabaseDep,
    runs: Runs = None,
    experiment: Experiment = None,
    key: Annotated[QuantityKey, Query(description="Metric key.")] = Metric.TEST_ACCURACY,
) -> CellCurveList:
    """Return mean, SD and 95% CI over the seeds of every configuration, by epoch."""
    return respond(
        service.curves(database, keys=[key], run_ids=selected_ids(runs, experiment), experiment_id=experiment)
    )


def selected_ids(runs: str | None, experiment: int | None) -> list[int]:
    """Parse the run ids; exactly one of `runs` and `experiment` must be given. Raises Invalid."""
    if (runs is None) == (experiment is None):
        message = "give either runs=1,2,3 or experiment=1"
        raise Invalid.of("runs", runs, message)
    return run_ids(runs) if runs is not None else []
