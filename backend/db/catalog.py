"""Queries on what workers announced: networks and data sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from sqlalchemy import delete
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db import checks, events, versions
from backend.db.dataset_cards import UNREADABLE, dataset_card
from backend.db.tables import DatasetLabelTable, DatasetTable, ModelTable
from skiplab.contract.catalog import DatasetCard, ModelCard, ModelDetails, Origin
from skiplab.contract.events import CatalogEvent

ORIGINS: tuple[Origin, ...] = get_args(Origin)

Card = TypeVar("Card", bound=ModelCard)


def announce(session: Session, models: Sequence[ModelDetails], datasets: Sequence[DatasetCard]) -> None:
    """Replace the built-in networks and all data sets: the newest worker knows best what its code offers."""
    announce_models(session, "built-in", models)
    announce_datasets(session, datasets)


def announce_models(session: Session, origin: Origin, cards: Sequence[ModelDetails]) -> None:
    """Replace the networks of one origin. Numbers that the same version has measured before are kept where the new card
    has none."""
    before = {row.key: _details(row) for row in session.exec(select(ModelTable).where(ModelTable.origin == origin))}
    after = {card.key: _with_numbers(card, before.get(card.key)) for card in cards}
    session.execute(delete(ModelTable).where(col(ModelTable.origin) == origin))
    session.add_all(_row(card, place) for place, card in enumerate(after.values()))
    _keep_checks(session, cards)
    _publish(session, models=_changed(before, after))


def announce_datasets(session: Session, cards: Sequence[DatasetCard], *, of_plugins: bool = False) -> None:
    """Replace the plugins' data sets, or all others. What is here of them are the current versions."""
    cards = [versions.numbered(session, card) for card in cards]
    # As they were announced, without the names that people gave.
    before = {row.key: dataset_card(row) for row in session.exec(_announced())}
    kept = {key: card for key, card in before.items() if (card.plugin is not None) != of_plugins}
    ours = {card.key: card for card in cards if card.key not in kept or not of_plugins}
    after = {**kept, **ours} if of_plugins else {**ours, **kept}
    session.execute(delete(DatasetTable))
    session.add_all(
        DatasetTable(key=card.key, place=place, card=card.model_dump(mode="json"))
        for place, card in enumerate(after.values())
    )
    _publish(session, datasets=_changed(before, after))


def models(session: Session) -> list[ModelCard]:
    columns = (ModelTable.key, ModelTable.origin, ModelTable.card)
    found = session.exec(select(*columns).order_by(col(ModelTable.place))).all()
    ordered = sorted(found, key=lambda row: ORIGINS.index(row[1]))
    return [_model(ModelCard, *row) for row in ordered]


def details(session: Session, keys: Collection[str]) -> dict[str, ModelDetails]:
    """Key to network, of those that are known."""
    rows = session.exec(select(ModelTable).where(col(ModelTable.key).in_(keys)))
    return {row.key: _details(row) for row in rows}


def model(session: Session, key: str) -> ModelDetails | None:
    row = session.get(ModelTable, key)
    return None if row is None else _details(row)


def datasets(session: Session) -> list[DatasetCard]:
    named = labels(session)
    return [_named(dataset_card(row), named) for row in session.exec(_announced())]


def dataset(session: Session, key: str) -> DatasetCard | None:
    row = session.get(DatasetTable, key)
    return None if row is None else _named(dataset_card(row), labels(session))


def replace_dataset(session: Session, key: str, card: DatasetCard | None) -> None:
    """Another version is the current one now, before a worker has said so; None: there is none."""
    row = session.get(DatasetTable, key)
    if row is None:
        return
    if card is None:
        session.delete(row)
    else:
        row.card = versions.numbered(session, card).model_dump(mode="json")
    _publish(session, datasets=[key])


def labels(session: Session) -> dict[str, str]:
    """Key to what somebody named the data set."""
    return dict(session.exec(select(DatasetLabelTable.key, DatasetLabelTable.label)).all())


def rename_dataset(session: Session, key: str, label: str) -> None:
    """Its key stays: specs name it."""
    row = session.get(DatasetLabelTable, key)
    if row is None:
        session.add(DatasetLabelTable(key=key, label=label))
    else:
        row.label = label
    session.flush()
    _publish(session, datasets=[key])


def forget_label(session: Session, key: str) -> None:
    session.execute(delete(DatasetLabelTable).where(col(DatasetLabelTable.key) == key))


def _announced() -> SelectOfScalar[DatasetTable]:
    return select(DatasetTable).order_by(col(DatasetTable.place))


def _named(card: DatasetCard, named: Mapping[str, str]) -> DatasetCard:
    return card.model_copy(update={"label": named[card.key]}) if card.key in named else card


def is_announced(session: Session) -> bool:
    """Whether a worker has told its offer since the database was made."""
    return session.exec(select(ModelTable.key).limit(1)).first() is not None


def keep_measured(session: Session, card: ModelDetails) -> None:
    """Store a card with its numbers, or with the error that came of measuring."""
    row = session.get(ModelTable, card.key)
    if row is not None:
        fresh = _row(card, row.place)
        row.card, row.details = fresh.card, fresh.details
        _keep_checks(session, [card])
        _publish(session, models=[card.key])


def keep_error(session: Session, key: str, error: str) -> None:
    """Say on a network's card why it has no numbers."""
    card = model(session, key)
    if card is not None and not card.measured:
        keep_measured(session, card.model_copy(update={"error": error}))


def publish_dataset(session: Session, key: str) -> None:
    """Say that what can be seen of a data set has changed, such as its previews."""
    if session.get(DatasetTable, key) is not None:
        _publish(session, datasets=[key])


def _with_numbers(card: ModelDetails, before: ModelDetails | None) -> ModelDetails:
    """With the numbers that the same code has measured before: those of an earlier version are measured again."""
    known = before is not None and before.measured and (before.source, before.version) == (card.source, card.version)
    if before is None or not known or card.measured or card.error is not None:
        return card
    return before.model_copy(update={"published_weights": card.published_weights})


def _keep_checks(session: Session, cards: Iterable[ModelDetails]) -> None:
    for card in cards:
        if card.check is not None and card.version is not None:
            checks.keep(session, card.key, card.version, card.check)


def _row(card: ModelDetails, place: int) -> ModelTable:
    short = set(ModelCard.model_fields)
    return ModelTable(
        key=card.key,
        origin=card.origin,
        place=place,
        card=card.model_dump(mode="json", include=short),
        details=card.model_dump(mode="json", exclude=short),
    )


def _details(row: ModelTable) -> ModelDetails:
    return _model(ModelDetails, row.key, row.origin, {**(row.card or {}), **(row.details or {})})


def _model(kind: type[Card], key: str, origin: str, stored: Mapping[str, Any] | None) -> Card:
    """A card that another version of the lab stored and this one cannot read says so, and spoils no list."""
    try:
        return kind.model_validate(stored)
    except ValidationError:
        return kind.model_validate({"key": key, "label": key, "origin": origin, "error": UNREADABLE})


def _changed(before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]) -> list[str]:
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


def _publish(session: Session, *, models: Sequence[str] = (), datasets: Sequence[str] = ()) -> None:
    if models or datasets:
        events.append(session, CatalogEvent(models=list(models), datasets=list(datasets)))
