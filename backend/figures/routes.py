"""/figures"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from backend.db import quantities
from backend.deps import DatabaseDep, Respond, SettingsDep
from backend.errors import PROBLEM_RESPONSE, NotFound
from backend.evidence.routes import EXPERIMENT, RUNS, selected_ids
from backend.figures import service
from backend.figures.kinds import FigureKind, cards
from backend.figures.options import Options
from skiplab.contract.figures import Figure, FigureList
from skiplab.contract.palette import Scheme

router = APIRouter(prefix="/figures", tags=["figures"], responses=PROBLEM_RESPONSE)


class Question(Options):
    """The runs, colours and options of a figure."""

    runs: str | None = Field(None, description=RUNS, examples=["1,2,3"])
    experiment: int | None = Field(None, description=EXPERIMENT)
    scheme: Scheme = Field("light", description="Colours for a light or a dark page.")


def _known(kind: str) -> FigureKind:
    """Raises NotFound, as for anything else that a path names."""
    if kind not in {*FigureKind}:
        raise NotFound(f"Unknown figure {kind!r}; available: {', '.join(FigureKind)}.")
    return FigureKind(kind)


@router.get("")
def list_figures(database: DatabaseDep) -> FigureList:
    """List the kinds of figures, with their titles, help and options."""
    with database.read() as session:
        return FigureList(items=list(cards(quantities.per_epoch(session))))


@router.get("/{kind}")
def read_figure(
    kind: Annotated[FigureKind, BeforeValidator(_known)],
    respond: Respond,
    database: DatabaseDep,
    settings: SettingsDep,
    question: Annotated[Question, Query()],
) -> Figure:
    """Draw a Plotly figure of these runs, the same one as in the report."""
    return respond(
        service.answer(
            database,
            settings.home,
            kind,
            question,
            scheme=question.scheme,
            run_ids=selected_ids(question.runs, question.experiment),
            experiment_id=question.experiment,
        )
    )
