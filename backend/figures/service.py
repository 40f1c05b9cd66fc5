"""Load the runs of a figure and draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import plotly.graph_objects as go

from backend.db import evidence as queries
from backend.db import quantities
from backend.db.database import Database, Session
from backend.errors import Problem
from backend.evidence import loading
from backend.evidence.cells import cells
from backend.evidence.claim import all_sets, quantities_of
from backend.evidence.evaluate import SetEvidence
from backend.evidence.labels import labels
from backend.evidence.records import NetworkFacts, RunRecord
from backend.figures.context import CannotDraw, Context, drawn
from backend.figures.kind import Source
from backend.figures.kinds import FigureKind, titled
from backend.figures.options import Options
from backend.metrics.quantity import quantity_of
from backend.snapshot import Snapshot
from skiplab.contract.figures import Figure
from skiplab.contract.palette import Scheme

DIGITS = 6
"""Significant digits of every number sent: more than a pixel's precision at a third of the bytes."""


class NoFigure(Problem):
    """The figure cannot be drawn from these runs (yet)."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY


def answer(
    database: Database,
    home: Path,
    kind: FigureKind,
    options: Options,
    *,
    scheme: Scheme = "light",
    run_ids: Sequence[int] = (),
    experiment_id: int | None = None,
) -> Snapshot[Figure]:
    """Draw a figure from one read transaction. Raises NotFound, NoFigure, and Invalid for an unknown quantity."""
    with database.read() as session:
        quantity = quantity_of(session, options.key)
        claims, _ = all_sets(home, quantities.own(session))
        keys = [options.key, *quantities_of(claims)]
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id, keys=keys)
        try:
            made = build(session, home, kind, options, loaded.runs, loaded.networks, scheme=scheme)
        except CannotDraw as error:
            raise NoFigure(str(error)) from error
    return Snapshot(_answer(kind, titled(kind, options, [quantity]), made, loaded.runs), loaded.event_id)


def build(
    session: Session,
    home: Path,
    kind: FigureKind,
    options: Options,
    records: Sequence[RunRecord],
    networks: Mapping[str, NetworkFacts],
    *,
    scheme: Scheme = "light",
    judged: Sequence[SetEvidence] | None = None,
) -> go.Figure:
    """Draw a figure. `judged`: the verdicts on these runs, if already computed. Raises CannotDraw."""
    groups = cells(records)
    context = Context(
        cells=drawn(groups, labels(groups, networks), scheme, queries.models(session)),
        networks=networks,
        scheme=scheme,
        options=options,
        own=quantities.own(session),
    )
    return kind.kind.draw(Source(session, home, records, context, judged))


def _answer(kind: FigureKind, title: str, made: go.Figure, records: Sequence[RunRecord]) -> Figure:
    plain = _rounded(made.to_plotly_json())
    return Figure(
        kind=kind,
        title=title,
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
