"""Queries on the quantities of plugins' metrics, and on those that clients declare."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError
from sqlalchemy import delete, exists, update
from sqlmodel import Session, col, select

from backend.db import events
from backend.db.dialects import upsert
from backend.db.tables import MetricKeyTable, MetricTable, QuantityTable, RunTable
from skiplab.contract.events import CatalogEvent
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import QUANTITIES, Metric
from skiplab.contract.quantities import Quantity


def announce(session: Session, quantities: Sequence[Quantity]) -> None:
    """Store the quantities that plugins offer. Those no longer offered stay, since runs have their values."""
    session.execute(update(QuantityTable).values(plugin=None).where(col(QuantityTable.plugin).is_not(None)))
    columns = set(QuantityTable.model_fields)
    upsert(
        session, QuantityTable, [QuantityTable(**each.model_dump(include=columns)).model_dump() for each in quantities]
    )


def per_epoch(session: Session) -> list[Quantity]:
    """Return the quantities with one value per epoch: the built-in ones, then those of plugins."""
    return [*(key.quantity for key in Metric), *own(session)]


def own(session: Session) -> list[Quantity]:
    """Return the quantities of plugins and clients, by key. Unknown units fall back to defaults; keys that are built in
    by now are omitted."""
    theirs = select(QuantityTable).where(col(QuantityTable.key).not_in(set(Metric))).order_by(col(QuantityTable.key))
    return [_quantity(row) for row in session.exec(theirs)]


def declare(session: Session, quantities: Sequence[Quantity]) -> None:
    """Store what clients declare of their keys. Built-in quantities and those that plugins offer stay as they are."""
    of_keys = select(QuantityTable).where(col(QuantityTable.key).in_([each.key for each in quantities]))
    known = {row.key: _quantity(row) for row in session.exec(of_keys)}
    fixed = {*(each.key for each in QUANTITIES), *(key for key, row in known.items() if row.plugin is not None)}
    changed = [each for each in quantities if each.key not in fixed and known.get(each.key) != each]
    if changed:
        columns = set(QuantityTable.model_fields)
        upsert(session, QuantityTable, [each.model_dump(include=columns) for each in changed])
        events.append(session, CatalogEvent())


def prune(session: Session, *, keep: Callable[[str], bool]) -> int:
    """Remove what no plugin offers any longer and no run has a value of, but for the keys to keep; return how many.

    Nothing while a run trains: it computes what was on offer when it started, and may be about to store a first value.
    """
    trains = (RunTable.status == Status.RUNNING, col(RunTable.lost_contact).is_(None))
    if session.exec(select(RunTable.id).where(*trains).limit(1)).first() is not None:
        return 0
    # Run by run, as the index of values begins with the run.
    number = select(MetricKeyTable.id).where(MetricKeyTable.key == QuantityTable.key).correlate(QuantityTable)
    of_key = (MetricTable.run_id == RunTable.id, col(MetricTable.key_id) == number.scalar_subquery())
    values = select(MetricTable.step).where(*of_key)
    runs = select(RunTable.id).where(exists(values.correlate(RunTable, QuantityTable))).correlate(QuantityTable)
    unused = session.exec(select(QuantityTable.key).where(col(QuantityTable.plugin).is_(None), ~exists(runs)))
    removed = [key for key in unused if not keep(key)]
    session.execute(delete(QuantityTable).where(col(QuantityTable.key).in_(removed)))
    return len(removed)


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
