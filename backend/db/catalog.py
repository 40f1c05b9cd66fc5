"""Queries on what workers announced: networks and data sets."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import delete
from sqlmodel import Session, col, select

from backend.contract.catalog import DatasetCard, ModelCard
from backend.db.tables import DatasetTable, ModelTable


def announce(session: Session, models: Sequence[ModelCard], datasets: Sequence[DatasetCard]) -> None:
    """Replace what was announced before: the newest worker knows best what its code offers."""
    session.execute(delete(ModelTable))
    session.execute(delete(DatasetTable))
    session.add_all(ModelTable(key=card.key, place=place, card=_dump(card)) for place, card in enumerate(models))
    session.add_all(DatasetTable(key=card.key, place=place, card=_dump(card)) for place, card in enumerate(datasets))


def models(session: Session) -> list[ModelCard]:
    rows = session.exec(select(ModelTable).order_by(col(ModelTable.place))).all()
    return [ModelCard.model_validate(row.card) for row in rows]


def datasets(session: Session) -> list[DatasetCard]:
    rows = session.exec(select(DatasetTable).order_by(col(DatasetTable.place))).all()
    return [DatasetCard.model_validate(row.card) for row in rows]


def is_announced(session: Session) -> bool:
    """Whether a worker has told its offer since the database was made."""
    return session.exec(select(ModelTable.key).limit(1)).first() is not None


def _dump(card: BaseModel) -> dict[str, object]:
    return card.model_dump(mode="json")
