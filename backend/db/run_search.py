"""Lists of runs: filters, sorting and keyset pagination."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import SQLColumnExpression, case, func, or_, tuple_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db import run_rows
from backend.db.dialects import json_texts
from backend.db.run_rows import RunRow
from backend.db.tables import RunTable
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Status


class CursorGone(Exception):
    """The run that the page should start after was deleted, so its position in that order is unknown."""


def search(
    *,
    ids: Sequence[int] = (),
    name: str | None = None,
    status: Sequence[Status] = (),
    kind: Sequence[RunKind] = (),
    model: str | None = None,
    dataset: str | None = None,
    experiment: int | None = None,
    tag: str | None = None,
    text: str | None = None,
    archived: bool | None = None,
) -> SelectOfScalar[RunTable]:
    """Select the runs that match all filters."""
    query = select(RunTable)
    if ids:
        query = query.where(col(RunTable.id).in_(ids))
    if name is not None:
        query = query.where(RunTable.name == name)
    if archived is not None:
        query = query.where(RunTable.archived == archived)
    if status:
        query = query.where(col(RunTable.status).in_(status))
    if kind:
        query = query.where(col(RunTable.kind).in_(kind))
    if model:
        query = query.where(RunTable.model == model)
    if dataset:
        query = query.where(RunTable.dataset == dataset)
    if experiment is not None:
        query = query.where(RunTable.experiment_id == experiment)
    if tag:
        each = json_texts(col(RunTable.tags)).table_valued("value")
        query = query.where(select(each.c.value).where(each.c.value == tag).exists())
    if text:
        contains = [
            col(field).icontains(text, autoescape=True) for field in (RunTable.name, RunTable.note, RunTable.model)
        ]
        query = query.where(or_(*contains))
    return query


def count(session: Session, query: SelectOfScalar[RunTable]) -> int:
    found: int = session.execute(query.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one()
    return found


SORTS: dict[str, SQLColumnExpression[Any]] = {
    "id": col(RunTable.id),
    "name": func.lower(RunTable.name),
    "status": col(RunTable.status),
    "model": col(RunTable.model),
    "best": col(RunTable.best_value),
}
"""Sort keys. Runs without a value come last in either direction."""

FILLERS: dict[str, str | float] = {"model": "", "best": 0.0}
"""Placeholders for NULL, which cannot be compared for pagination; `missing` sorts them first."""


def page(
    session: Session, query: SelectOfScalar[RunTable], *, sort: str, after_id: int | None, limit: int
) -> list[RunRow]:
    """Return the next `limit` rows after run `after_id`, sorted by `sort` (`-name` for descending), ties by id.

    If that run was deleted in the meantime, sorting by id still works; any other order raises CursorGone.
    """
    by, descending = sort.removeprefix("-"), sort.startswith("-")
    columns = _order(by, descending=descending)
    if after_id is not None and by == "id":
        query = query.where(SORTS["id"] < after_id if descending else SORTS["id"] > after_id)
    elif after_id is not None:
        if session.get(RunTable, after_id) is None:
            raise CursorGone(after_id)
        edge = select(*columns).where(RunTable.id == after_id).subquery()
        bound, order = select(*edge.c).scalar_subquery(), tuple_(*columns)
        query = query.where(order < bound if descending else order > bound)
    order_by = [column.desc() if descending else column for column in columns]
    # Only ids of all that match are sorted: rows with their configs are kilobytes wide.
    ids = query.with_only_columns(col(RunTable.id), maintain_column_froms=True).order_by(*order_by).limit(limit)
    shown = select(RunTable).where(col(RunTable.id).in_(ids.correlate(None))).order_by(*order_by)
    return run_rows.found(session, shown)


def _order(by: str, *, descending: bool) -> tuple[SQLColumnExpression[Any], ...]:
    """Sort columns, all in one direction, so that rows can be compared as tuples."""
    key, own_id = SORTS[by], col(RunTable.id)
    if by == "id":
        return (own_id,)
    if by not in FILLERS:
        return key, own_id
    missing = case((key.is_(None), int(not descending)), else_=int(descending))
    return missing, func.coalesce(key, FILLERS[by]), own_id
