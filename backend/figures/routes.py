"""/figures"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from backend.deps import EVENT_ID_HEADER, DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.evidence.measures import Measure
from backend.evidence.routes import Experiment, Runs, Target, asked
from backend.figures import service
from backend.figures.kinds import KINDS
from backend.figures.material import MOST_CLASSES
from backend.figures.schemas import Figure, FigureCard, FigureList
from backend.figures.service import Question
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import Scheme

router = APIRouter(prefix="/figures", tags=["figures"], responses=PROBLEM_RESPONSE)

Costs = {
    "parameters": Measure.PARAMETERS,
    "flops": Measure.FLOPS,
    "seconds": Measure.SECONDS_PER_EPOCH,
}
Times = {
    "epochs": Measure.EPOCHS_TO_TARGET,
    "images": Measure.IMAGES_TO_TARGET,
    "seconds": Measure.SECONDS_TO_TARGET,
}


@router.get("")
def list_figures() -> FigureList:
    """The kinds of figures."""
    return FigureList(items=[FigureCard(kind=key, title=kind.title) for key, kind in KINDS.items()])


@router.get("/{kind}")
def read_figure(
    kind: str,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    runs: Runs = None,
    experiment: Experiment = None,
    scheme: Annotated[Scheme, Query(description="Colours for a light or a dark page.")] = "light",
    key: Annotated[Metric, Query(description="curves: the metric.")] = Metric.TEST_ACCURACY,
    x: Annotated[Literal["parameters", "flops", "seconds"], Query(description="cost: what it is.")] = "parameters",
    time: Annotated[Literal["epochs", "images", "seconds"], Query(description="targets: measured in.")] = "epochs",
    target: Target = None,
    claims: Annotated[str | None, Query(description="forest: key of one set of claims.")] = None,
    most: Annotated[
        int,
        Query(ge=2, le=1000, description="class-accuracy, confusion-difference: classes at most, those that err most."),
    ] = MOST_CLASSES,
) -> Figure:
    """A Plotly figure of these runs, the same one that the report and a notebook use."""
    question = Question(scheme=scheme, key=key, x=Costs[x], time=Times[time], target=target, claims=claims, most=most)
    found, event_id = service.answer(
        database, settings.home, kind, question, run_ids=asked(runs, experiment), experiment_id=experiment
    )
    response.headers[EVENT_ID_HEADER] = str(event_id)
    return found
