"""Queries on the quantities of plugins' metrics."""

from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.db.dialects import upsert
from backend.db.tables import QuantityTable
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity


def announce(session: Session, quantities: Sequence[Quantity]) -> None:
    """Store the quantities that plugins offer. Those no longer offered stay, since runs have their values."""
    session.execute(update(QuantityTable).values(plugin=None).where(col(QuantityTable.plugin).is_not(None)))
    columns = set(QuantityTable.model_fields)
    upsert(session, QuantityTable, [QuantityTable(**each.model_dump(include=columns)) for each in quantities])


def own(session: Session) -> list[Quantity]:
    """Return the quantities of plugins, by key. Unknown units fall back to defaults; keys that are built in by now are
    omitted."""
    theirs = select(QuantityTable).where(col(QuantityTable.key).not_in(set(Metric))).order_by(col(QuantityTable.key))
    return [_quantity(row) for row in session.exec(theirs)]


def offered(session: Session) -> dict[str, list[str]]:
    """Return the keys of the quantities on offer, by plugin, sorted."""
    rows = session.exec(select(QuantityTable.plugin, QuantityTable.key).order_by(col(QuantityTable.key))).all()
    names = sorted({plugin for plugin, _ in rows if plugin is not None})
    return {name: [key for plugin, key in rows if plugin == name] for name in names}


def _quantity(row: QuantityTable) -> Quantity:
    try:
        return Quantity.model_validate({**row.model_dump(), "lowest": None})
    except ValidationError:
        return Quantity(key=row.key, title=row.title, lowest=None, plugin=row.plugin)
