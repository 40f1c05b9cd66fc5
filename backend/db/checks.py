"""Queries on training checks: which version of a network trains on which image shape and number of classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, select

from backend.db.dialects import upsert
from backend.db.readable import readable
from backend.db.tables import TrainingCheckTable
from skiplab.contract.check import ImageShape, TrainingCheck


@dataclass(frozen=True)
class Subject:
    """What a training check applies to, per kind of device."""

    model: str
    version: str
    image_shape: ImageShape
    classes: int


def find(session: Session, subject: Subject, device: str) -> TrainingCheck | None:
    key = (subject.model, subject.version, _text(subject.image_shape), subject.classes, device)
    row = session.get(TrainingCheckTable, key)
    return None if row is None else readable(TrainingCheck, row.found)


def keep(session: Session, model: str, version: str, check: TrainingCheck) -> None:
    """Cache a conclusive check and delete those of other versions of the network."""
    if check.outcome == "unknown":
        return
    if check.resume is None and (known := find(session, _subject(model, version, check), check.device)) is not None:
        # A card that is announced again does not include the resume check.
        check = check.model_copy(update={"resume": known.resume})
    others = (col(TrainingCheckTable.model) == model, col(TrainingCheckTable.version) != version)
    session.execute(delete(TrainingCheckTable).where(*others))
    row = TrainingCheckTable(
        model=model,
        version=version,
        image_shape=_text(check.image_shape),
        classes=check.classes,
        device=check.device,
        refused=check.outcome == "refused",
        found=check.model_dump(mode="json"),
    )
    upsert(session, TrainingCheckTable, [row.model_dump()])


def _subject(model: str, version: str, check: TrainingCheck) -> Subject:
    return Subject(model, version, check.image_shape, check.classes)


def refusals(session: Session) -> dict[Subject, list[TrainingCheck]]:
    """Return the refusing checks, by subject."""
    return _grouped(session.exec(select(TrainingCheckTable).where(TrainingCheckTable.refused)).all())


def of_models(session: Session, models: Sequence[str]) -> dict[Subject, list[TrainingCheck]]:
    """Return the cached checks of these networks, by subject."""
    return _grouped(session.exec(select(TrainingCheckTable).where(col(TrainingCheckTable.model).in_(models))).all())


def _grouped(rows: Sequence[TrainingCheckTable]) -> dict[Subject, list[TrainingCheck]]:
    found: dict[Subject, list[TrainingCheck]] = {}
    for row in rows:
        if (check := readable(TrainingCheck, row.found)) is not None:
            found.setdefault(Subject(row.model, row.version, check.image_shape, check.classes), []).append(check)
    return found


def _text(shape: ImageShape) -> str:
    return "x".join(map(str, shape))
