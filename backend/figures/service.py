"""From a question to a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import plotly.graph_objects as go

from backend.db import evidence as queries
from backend.db import versions
from backend.db.database import Database, Session
from backend.errors import NotFound, Problem
from backend.evidence import loading
from backend.evidence.answer import SetEvidence, evidence
from backend.evidence.cells import cells
from backend.evidence.claim import all_sets
from backend.evidence.labels import labels
from backend.evidence.measures import Measure
from backend.evidence.records import NetworkFacts, RunRecord
from backend.evidence.service import TARGET
from backend.figures.kinds import KINDS
from backend.figures.material import MOST_CLASSES, CannotDraw, Material, drawn
from backend.figures.schemas import Figure
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import Scheme

DIGITS = 6
"""Significant ones of every number sent: far below a pixel, and a third of the bytes."""


class NoFigure(Problem):
    """The runs cannot make this figure (yet)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class Question:
    """What is asked of a figure; each kind reads the fields that mean something to it."""

    scheme: Scheme = "light"
    key: Metric = Metric.TEST_ACCURACY
    x: Measure = Measure.PARAMETERS
    time: Measure = Measure.EPOCHS_TO_TARGET
    target: float | None = None
    claims: str | None = None
    most: int = MOST_CLASSES


def answer(
    database: Database,
    home: Path,
    kind: str,
    question: Question,
    *,
    run_ids: Sequence[int] = (),
    experiment_id: int | None = None,
) -> tuple[Figure, int]:
    """The figure and the event id it was true at. Raises NotFound, NoFigure."""
    if kind not in KINDS:
        raise NotFound(f"There is no figure {kind!r}; there are {', '.join(KINDS)}.")
    with database.read() as session:
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id)
        try:
            made = build(session, home, kind, question, loaded.runs, loaded.networks)
        except CannotDraw as error:
            raise NoFigure(str(error)) from error
    return _answer(kind, made, loaded.runs), loaded.event_id


def build(
    session: Session,
    home: Path,
    kind: str,
    question: Question,
    records: Sequence[RunRecord],
    networks: Mapping[str, NetworkFacts],
) -> go.Figure:
    """Raises CannotDraw."""
    groups = cells(records)
    material = Material(
        cells=drawn(groups, labels(groups, networks), question.scheme, queries.models(session)),
        networks=networks,
        scheme=question.scheme,
        key=question.key,
        x=question.x,
        time=question.time,
        target=TARGET if question.target is None else question.target,
        most=question.most,
    )
    # What only some kinds need, and costs something to get.
    if kind == "forest":
        material = replace(material, sets=_judged(home, question, records, networks))
    elif kind in ("gradients", "gradient-ratio"):
        blockless = [record.id for record in records if not record.layers]
        material = replace(material, weights=loading.weight_gradients(session, blockless))
    elif kind == "update-ratio":
        material = replace(material, updates=loading.update_ratios(session, [record.id for record in records]))
    elif kind == "confusion-difference":
        confusions = queries.last_confusions(session, [record.id for record in records])
        material = replace(material, confusions=confusions, **_classes(session, records))
    elif kind == "class-accuracy":
        histories = queries.confusions(session, [record.id for record in records])
        material = replace(material, histories=histories, **_classes(session, records))
    elif kind == "load":
        material = replace(material, loads=queries.loads(session, [record.id for record in records]))
    return KINDS[kind].build(material)


def _judged(
    home: Path, question: Question, records: Sequence[RunRecord], networks: Mapping[str, NetworkFacts]
) -> list[SetEvidence]:
    sets, _ = all_sets(home)
    chosen = [each for each in sets if question.claims in (None, each.key)]
    return evidence(chosen, records, networks, question.target)


def _classes(session: Session, records: Sequence[RunRecord]) -> dict[str, Any]:
    """Names of classes as `Material` has them."""
    rows = queries.runs(session, [record.id for record in records])
    named = versions.classes_of(session, rows)
    first = next(iter(named.values()), None)
    return {
        "classes": first if all(each == first for each in named.values()) else None,
        "own_classes": {run_id: names for run_id, names in named.items() if names is not None},
    }


def _answer(kind: str, made: go.Figure, records: Sequence[RunRecord]) -> Figure:
    plain = _rounded(made.to_plotly_json())
    return Figure(
        kind=kind,
        title=KINDS[kind].title,
        data=plain["data"],
        layout=plain["layout"],
        runs=[record.id for record in records],
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
