"""Queries on data set versions: which exist, which are current, and which runs use them."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, func, select

from backend.db.dataset_cards import dataset_card
from backend.db.run_rows import RunRow
from backend.db.tables import DatasetTable, DatasetVersionTable, RunTable
from skiplab.contract.catalog import DatasetCard, DatasetVersion, RunData
from skiplab.contract.lifecycle import ENDED

FACTS = ("provenance", "classes", "train_images", "test_images", "train_counts", "test_counts", "source")


def announced(session: Session, card: DatasetCard) -> DatasetVersionTable:
    """Return the row of a card's version, creating it if it is new.

    Version numbers are assigned here. Another host, or one whose disk was erased, may announce other content under a
    number that is taken: it is identified by its hash, or gets the next number. A card without a number, such as a
    plugin's, is identified by its hash alone.
    """
    known = of_key(session, card.key)
    row = next((each for each in known if each.number == card.version and _may_be(each, card)), None)
    if row is None and (card.version is None or any(each.number == card.version for each in known)):
        row = next((each for each in reversed(known) if each.sha256 is not None and each.sha256 == card.sha256), None)
    if row is None:
        taken = {each.number for each in known}
        free = card.version is not None and card.version not in taken
        number = card.version if free and card.version is not None else max(taken, default=0) + 1
        row = DatasetVersionTable(key=card.key, number=number, source=card.source)
        session.add(row)
    row.deleted_at = None
    if card.error is None:
        _keep_facts(row, card)
    session.flush()
    return row


def _keep_facts(row: DatasetVersionTable, card: DatasetCard) -> None:
    for fact in FACTS:
        if (value := getattr(card, fact)) is not None:
            setattr(row, fact, value)
    row.image_shape = list(card.image_shape) if card.image_shape else None
    row.sha256 = card.sha256 or row.sha256


def hold(session: Session) -> None:
    """Take the write lock, so that no version is deleted until this transaction ends and what is read from the disk
    stays true. On SQLite a transaction begins only with its first statement."""
    session.connection()


def numbered(session: Session, card: DatasetCard) -> DatasetCard:
    """Return the card with its version's number in this database; one without a version is unchanged."""
    if card.version is None:
        return card
    return card.model_copy(update={"version": announced(session, card).number})


def of_key(session: Session, key: str) -> Sequence[DatasetVersionTable]:
    """Return the versions of a data set, ascending."""
    query = select(DatasetVersionTable).where(DatasetVersionTable.key == key)
    return session.exec(query.order_by(col(DatasetVersionTable.number))).all()


def get(session: Session, key: str, number: int) -> DatasetVersionTable | None:
    query = select(DatasetVersionTable).where(DatasetVersionTable.key == key, DatasetVersionTable.number == number)
    return session.exec(query).one_or_none()


def current(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Return the id of the version that a run submitted now would use, by key; without data sets that are not present
    and plugins', whose version is known only when loaded."""
    query = select(DatasetTable).where(col(DatasetTable.key).in_(keys))
    cards = [dataset_card(row) for row in session.exec(query)]
    found = {card.key: get(session, card.key, card.version) for card in cards if card.version is not None}
    return {key: row.id for key, row in found.items() if row is not None and row.id is not None and not row.deleted_at}


def newest(session: Session) -> dict[str, RunData]:
    """Return the version that a new run would most likely use, by key: the current one, or for a plugin's data the
    newest that a run has loaded."""
    table = DatasetVersionTable
    last = select(func.max(table.id)).where(table.provenance == "plugin").group_by(col(table.key))
    of_plugins = [id for id in session.exec(last) if id is not None]
    offered = {row.key for row in session.exec(select(DatasetTable))}
    known = _known(session, {*of_plugins, *current(session, offered).values()})
    keys = dict(session.exec(select(table.id, table.key).where(col(table.id).in_(known))).all())
    return {keys[id]: data for id, data in known.items()}


def of_run(session: Session, run_id: int) -> DatasetVersionTable | None:
    row = session.get(RunTable, run_id)
    found = row.data_version_id if row is not None else None
    return session.get(DatasetVersionTable, found) if found is not None else None


def of_runs(session: Session, rows: Sequence[RunTable] | Sequence[RunRow]) -> dict[int, RunData]:
    """Return the data version of each run; runs with an unknown one are omitted."""
    known = _known(session, {row.data_version_id for row in rows if row.data_version_id is not None})
    return {row.id: known[row.data_version_id] for row in rows if row.id is not None and row.data_version_id in known}


def classes_of(session: Session, rows: Sequence[RunTable]) -> dict[int, list[str] | None]:
    """Return the class names of each run. For runs older than data set versions: those of the first version of the data
    set, else of the current card."""
    wanted = {row.data_version_id for row in rows if row.data_version_id is not None}
    table = DatasetVersionTable
    named = {row.id: row.classes for row in session.exec(select(table).where(col(table.id).in_(wanted)))}
    before = {row.dataset for row in rows if row.data_version_id is None and row.dataset is not None}
    firsts = select(table).where(col(table.key).in_(before), table.number == 1)
    first = {row.key: row.classes for row in session.exec(firsts)}
    offered = session.exec(select(DatasetTable).where(col(DatasetTable.key).in_(before - first.keys())))
    guessed = {row.key: dataset_card(row).classes for row in offered} | first
    return {
        row.id: guessed.get(row.dataset or "") if row.data_version_id is None else named.get(row.data_version_id)
        for row in rows
        if row.id is not None
    }


def train_images_of(session: Session, rows: Sequence[RunTable]) -> dict[int, int | None]:
    """Return the number of training images of each run's data set; None if unknown. For runs older than data set
    versions: that of the first version, else of the current card."""
    table = DatasetVersionTable
    wanted = {row.data_version_id for row in rows if row.data_version_id is not None}
    counted = dict(session.exec(select(table.id, table.train_images).where(col(table.id).in_(wanted))).all())
    before = {row.dataset for row in rows if row.data_version_id is None and row.dataset is not None}
    first = dict(
        session.exec(select(table.key, table.train_images).where(col(table.key).in_(before), table.number == 1)).all()
    )
    offered = session.exec(select(DatasetTable).where(col(DatasetTable.key).in_(before - first.keys())))
    guessed = {row.key: dataset_card(row).train_images for row in offered} | first
    return {
        row.id: guessed.get(row.dataset or "") if row.data_version_id is None else counted.get(row.data_version_id)
        for row in rows
        if row.id is not None
    }


def unset_found(session: Session, row: RunTable) -> None:
    """Clear a plugin's data version, which is found at the start: a restarted run may load another one."""
    version = session.get(DatasetVersionTable, row.data_version_id) if row.data_version_id is not None else None
    if version is not None and version.provenance == "plugin":
        row.data_version_id = None


def users(session: Session, version_id: int) -> tuple[list[int], list[int]]:
    """Return the ids of the runs on this version: (unfinished, ended)."""
    query = select(RunTable.id, RunTable.status).where(RunTable.data_version_id == version_id)
    found = [(id, status) for id, status in session.exec(query.order_by(col(RunTable.id))) if id is not None]
    return [id for id, status in found if status not in ENDED], [id for id, status in found if status in ENDED]


def is_lost(session: Session, row: DatasetVersionTable) -> bool:
    """Return whether a run on this version can only fail: its images were deleted, no other version has the same
    content, and they cannot be downloaded or generated again."""
    if row.deleted_at is None:
        return False
    here = [each for each in of_key(session, row.key) if each.deleted_at is None]
    same = any(each.sha256 == row.sha256 for each in here if row.sha256 is not None)
    # Workers create a known data set only if it has no version at all.
    can_be_made = row.provenance in ("generated", "verified") and not here
    return not same and not can_be_made


def wanted(session: Session) -> Sequence[DatasetVersionTable]:
    """Return the versions used by unfinished runs."""
    unfinished = select(RunTable.data_version_id).where(col(RunTable.status).not_in(ENDED))
    return session.exec(select(DatasetVersionTable).where(col(DatasetVersionTable.id).in_(unfinished))).all()


def unidentified(session: Session, key: str) -> list[int]:
    """Return the ids of unfinished runs on this data set whose version is unknown."""
    query = select(RunTable.id).where(
        RunTable.dataset == key, col(RunTable.data_version_id).is_(None), col(RunTable.status).not_in(ENDED)
    )
    return [id for id in session.exec(query.order_by(col(RunTable.id))) if id is not None]


def view(row: DatasetVersionTable) -> DatasetVersion:
    fields = set(DatasetVersion.model_fields) - {"version"}
    return DatasetVersion.model_validate({"version": row.number, **row.model_dump(include=fields)})


def _known(session: Session, ids: Collection[int]) -> dict[int, RunData]:
    """Load without class names, of which there may be thousands."""
    if not ids:
        return {}
    table = DatasetVersionTable
    query = select(table.id, table.number, table.sha256, table.provenance).where(col(table.id).in_(ids))
    return {
        id: RunData.model_validate({"version": number, "sha256": sha256, "provenance": provenance})
        for id, number, sha256, provenance in session.exec(query)
        if id is not None
    }


def _may_be(row: DatasetVersionTable, card: DatasetCard) -> bool:
    return row.sha256 is None or card.sha256 is None or row.sha256 == card.sha256
