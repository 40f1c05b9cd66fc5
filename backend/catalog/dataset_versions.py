"""Versions of data sets: listing, image lookup, renaming and deletion."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from backend.catalog import images
from backend.db import catalog, versions
from backend.db.database import Database, Session
from backend.db.tables import DatasetVersionTable, utc_now
from backend.errors import Conflict, Invalid, NotFound
from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import DatasetCard, ListedVersion, VersionList
from skiplab.contract.printable import UNPRINTABLE

LONGEST_LABEL = 200
"""Characters of a label."""

SHOWN = 10
"""Most run ids named in an error."""

HASH = 64
"""Hex digits of a SHA-256; version numbers are shorter."""


@dataclass(frozen=True)
class ImageSource:
    """Where the images of a version are on disk."""

    folder: Path
    tag: str
    """ETag: differs if the images differ."""
    named: bool
    """Whether requested by hash, so that the response can be cached for good."""


def image_source(database: Database, home: Path, key: str, asked: str | None) -> ImageSource:
    """Locate the images of a version, given by number or hash (None: the current one). Raises NotFound."""
    if asked is None:
        folder = places.current_dataset(home, key)
        if not folder.is_dir():
            raise images.not_here(key)
        return ImageSource(folder, _tag(folder, key), named=False)
    if (found := _folder(database, home, key, asked)) is None:
        called = f"version {asked}" if len(asked) < HASH else f"the version {asked[:8]}"
        raise NotFound(f"The images of {called} of {key!r} are not on this machine.")
    return ImageSource(found, _tag(found, key), named=len(asked) == HASH)


def versions_of(database: Database, home: Path, key: str) -> VersionList:
    """List all versions of a data set, newest first. Raises NotFound."""
    with database.read() as session:
        rows = versions.of_key(session, key)
        if not rows and catalog.dataset(session, key) is None:
            raise _unknown(key)
        current = versions.current(session, [key]).get(key)
        return VersionList(items=[_listed(session, home, row, current) for row in reversed(rows)])


def rename(database: Database, key: str, label: str) -> DatasetCard:
    """Change the label of a data set. Raises NotFound, Invalid."""
    label = _plain(label)
    with database.write() as session:
        if catalog.dataset(session, key) is None:
            raise _unknown(key)
        catalog.rename_dataset(session, key, label)
        card = catalog.dataset(session, key)
    assert card is not None
    return card


def _plain(label: str) -> str:
    """Return the label stripped. Raises Invalid for several lines or non-printing characters."""
    stripped = label.strip()
    if not stripped or len(stripped) > LONGEST_LABEL or "\t" in stripped or UNPRINTABLE.search(stripped):
        message = f"must be one line of 1 to {LONGEST_LABEL} characters, without control characters"
        raise Invalid.of("label", label, message)
    return stripped


def delete(database: Database, home: Path, key: str, number: int, *, force: bool = False) -> None:
    """Delete the images of a version; its row stays, since runs refer to it. The version before becomes current.

    Raises NotFound; Conflict if an unfinished run uses it or, without `force`, any run trained on it.
    """
    # The images are moved away before the commit, after which workers read the disk, and deleted after it.
    with ExitStack() as after, database.write() as session:
        row = versions.get(session, key, number)
        if row is None or row.deleted_at is not None:
            raise NotFound(f"There is no version {number} of {key!r}.")
        _check_unused(session, row, force=force)
        card = dataset_store.find(home, key, number=number, sha256=row.sha256)
        if card is None or card.version is None:
            raise _not_on_disk(row)
        row.deleted_at = utc_now()
        session.flush()
        try:
            after.enter_context(dataset_store.deleting(home, key, card.version))
        except FileNotFoundError:
            raise _not_on_disk(row) from None
        announced = catalog.dataset(session, key)
        if announced is not None and announced.version == number:
            current = dataset_store.current(home, key)
            catalog.replace_dataset(session, key, current)
            # A later import under this key may be another data set.
            if current is None and row.provenance == "imported":
                catalog.forget_label(session, key)


def _not_on_disk(row: DatasetVersionTable) -> NotFound:
    loaded = ": its plugin loads them" if row.provenance == "plugin" else ""
    return NotFound(f"The images of version {row.number} of {row.key!r} are not on this machine{loaded}.")


def _check_unused(session: Session, row: DatasetVersionTable, *, force: bool) -> None:
    assert row.id is not None
    unfinished, ended = versions.users(session, row.id)
    called = f"Version {row.number} of {row.key}"
    # The version of runs older than data set versions is unknown: it may be this one.
    if unended := sorted({*unfinished, *versions.unidentified(session, row.key)}):
        raise Conflict(f"{called} is used by {_named(unended)}, not yet ended: finish or cancel them first.")
    if ended and not force:
        raise Conflict(
            f"{called} was used by {_named(ended)}: without it their mistakes cannot be shown, and they cannot be"
            " resumed or retried; their metrics are kept. Use force=true (--force) to delete it anyway."
        )


def _named(runs: list[int]) -> str:
    shown = ", ".join(map(str, runs[:SHOWN]))
    more = f" and {len(runs) - SHOWN} more" if len(runs) > SHOWN else ""
    return f"run{'s' * (len(runs) > 1)} {shown}{more}"


def _listed(session: Session, home: Path, row: DatasetVersionTable, current: int | None) -> ListedVersion:
    assert row.id is not None
    unfinished, ended = versions.users(session, row.id)
    card = dataset_store.find(home, row.key, number=row.number, sha256=row.sha256) if row.deleted_at is None else None
    here = card is not None and card.version is not None and images.are_in(places.dataset(home, row.key, card.version))
    return ListedVersion(
        **dict(versions.view(row)),
        current=row.id == current,
        pictures=here,
        runs=len(unfinished) + len(ended),
        unfinished=len(unfinished),
    )


def _folder(database: Database, home: Path, key: str, asked: str) -> Path | None:
    if len(asked) == HASH:
        card = dataset_store.find(home, key, number=0, sha256=asked)
    else:
        with database.read() as session:
            row = versions.get(session, key, int(asked))
        # A version not announced yet, as after an upgrade, is looked up by its number alone.
        card = dataset_store.find(home, key, number=int(asked), sha256=None if row is None else row.sha256)
    return None if card is None or card.version is None else places.dataset(home, key, card.version)


def _tag(folder: Path, key: str) -> str:
    """The hash of the images, or the folder's time before it is computed. Raises NotFound."""
    number = folder.name.removeprefix(key).removeprefix("@")
    card = dataset_store.card_of(folder.parent.parent, key, int(number or 1))
    if card is not None and card.sha256 is not None:
        return card.sha256[:32]
    try:
        return f"{folder.name}-{folder.stat().st_mtime_ns}"
    except FileNotFoundError:
        raise images.not_here(key) from None  # deleted in the meantime


def _unknown(key: str) -> NotFound:
    return NotFound(f"There is no data set {key!r}.")
