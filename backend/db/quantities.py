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
    """Store what plugins offer now. What none offers any longer stays, without a plugin: runs have its values."""
    session.execute(update(QuantityTable).values(plugin=None).where(col(QuantityTable.plugin).is_not(None)))
    columns = set(QuantityTable.model_fields)
    upsert(session, QuantityTable, [QuantityTable(**each.model_dump(include=columns)) for each in quantities])


def listed(session: Session) -> list[Quantity]:
    """The lab's own, then those of plugins."""
    return [*(key.quantity for key in Metric), *own(session)]


def own(session: Session) -> list[Quantity]:
    """Those of plugins, by key. One whose unit this version does not know has safe defaults; one that the lab measures
    itself since then is left out."""
    theirs = select(QuantityTable).where(col(QuantityTable.key).not_in(set(Metric))).order_by(col(QuantityTable.key))
    return [_quantity(row) for row in session.exec(theirs)]


def offered(session: Session) -> dict[str, list[str]]:
    """Full keys of the quantities that plugins offer now, by plugin, in order."""
    rows = session.exec(select(QuantityTable.plugin, QuantityTable.key).order_by(col(QuantityTable.key))).all()
    names = sorted({plugin for plugin, _ in rows if plugin is not None})
    return {name: [key for plugin, key in rows if plugin == name] for name in names}


def _quantity(row: QuantityTable) -> Quantity:
    try:
        return Quantity.model_validate({**row.model_dump(), "lowest": None})
    except ValidationError:
        return Quantity(key=row.key, title=row.title, lowest=None, plugin=row.plugin)
