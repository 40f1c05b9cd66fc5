"""What is decided about versions of data sets: which pictures are shown, what may be deleted, what a set is called."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field

from backend.catalog import images
from backend.db import catalog, versions
from backend.db.database import Database, Session
from backend.db.tables import DatasetVersionTable, utc_now
from backend.errors import Conflict, FieldError, Invalid, NotFound
from skiplab.contract import places, shelf
from skiplab.contract.catalog import DatasetCard, DatasetVersion, version_in_words
from skiplab.contract.printable import UNPRINTABLE

LONGEST_LABEL = 200
"""Characters."""

SHOWN = 10
"""Runs that a refusal names."""

HASH = 64
"""Letters of a SHA-256; a number has fewer."""


class ListedVersion(DatasetVersion):
    current: bool = Field(description="What a run that is submitted now trains on.")
    pictures: bool = Field(description="Whether its images are on this machine.")
    runs: int = Field(description="How many runs are on it.")
    unfinished: int = Field(description="How many of them may still train.")


class VersionList(BaseModel):
    items: list[ListedVersion] = Field(description="Newest first.")


@dataclass(frozen=True)
class Pictures:
    """Where the images of a version are on this machine."""

    folder: Path
    tag: str
    """Another one for other images."""
    named: bool
    """Whether they were asked for by their hash: nothing else names content for good."""


def pictures(database: Database, home: Path, key: str, asked: str | None) -> Pictures:
    """`asked`: a version's number or hash. Raises NotFound."""
    if asked is None:
        folder = places.current_dataset(home, key)
        if not folder.is_dir():
            raise images.not_here(key)
        return Pictures(folder, _tag(folder, key), named=False)
    if (found := _folder(database, home, key, asked)) is None:
        called = f"version {asked}" if len(asked) < HASH else f"the version {asked[:8]}"
        raise NotFound(f"The images of {called} of {key!r} are not on this machine.")
    return Pictures(found, _tag(found, key), named=len(asked) == HASH)


def versions_of(database: Database, home: Path, key: str) -> VersionList:
    """Raises NotFound."""
    with database.read() as session:
        rows = versions.of_key(session, key)
        if not rows and catalog.dataset(session, key) is None:
            raise _unknown(key)
        current = versions.current(session, [key]).get(key)
        return VersionList(items=[_listed(session, home, row, current) for row in reversed(rows)])


def rename(database: Database, key: str, label: str) -> DatasetCard:
    """Raises NotFound, Invalid."""
    label = _plain(label)
    with database.write() as session:
        if catalog.dataset(session, key) is None:
            raise _unknown(key)
        catalog.rename_dataset(session, key, label)
        card = catalog.dataset(session, key)
    assert card is not None
    return card


def _plain(label: str) -> str:
    """One line without what does not print. Raises Invalid."""
    stripped = label.strip()
    if not stripped or len(stripped) > LONGEST_LABEL or "\t" in stripped or UNPRINTABLE.search(stripped):
        message = f"give 1 to {LONGEST_LABEL} characters on one line, without control characters"
        raise Invalid(f"label: {message}", errors=[FieldError(field="label", value=label, message=message)])
    return stripped


def delete(database: Database, home: Path, key: str, number: int, *, force: bool = False) -> None:
    """Delete the images of a version; what it was stays with its runs. The one before it becomes the current one.

    Raises NotFound; Conflict while a run on it may still train, and, without `force`, where runs trained on it.
    """
    # The images are out of the way before the commit, which workers read the disk after; the disk frees them after it.
    with ExitStack() as after, database.write() as session:
        row = versions.get(session, key, number)
        if row is None or row.deleted_at is not None:
            raise NotFound(f"There is no version {number} of {key!r}.")
        _check_unused(session, row, force=force)
        card = shelf.find(home, key, number=number, sha256=row.sha256)
        if card is None or card.version is None:
            raise _not_on_disk(row)
        row.deleted_at = utc_now()
        session.flush()
        try:
            after.enter_context(shelf.removing(home, key, card.version))
        except FileNotFoundError:
            raise _not_on_disk(row) from None
        announced = catalog.dataset(session, key)
        if announced is not None and announced.version == number:
            current = shelf.current(home, key)
            catalog.replace_dataset(session, key, current)
            # What somebody imports under the key later may be something else.
            if current is None and row.provenance == "imported":
                catalog.forget_label(session, key)


def _not_on_disk(row: DatasetVersionTable) -> NotFound:
    loaded = ": the plugin loads them" if row.provenance == "plugin" else ""
    return NotFound(f"The images of version {row.number} of {row.key!r} are not on this machine{loaded}.")


def _check_unused(session: Session, row: DatasetVersionTable, *, force: bool) -> None:
    assert row.id is not None
    unfinished, ended = versions.users(session, row.id)
    called = f"Version {row.number} of {row.key}"
    # Which version those began on that are older than versions nobody knows: it may be this one.
    if waiting := sorted({*unfinished, *versions.unidentified(session, row.key)}):
        raise Conflict(f"{called} is used by {_named(waiting)}, which may still train: cancel or finish what needs it.")
    if ended and not force:
        raise Conflict(
            f"{called} was used by {_named(ended)}: without it their mistakes cannot be shown, and none of them can be"
            " resumed or retried. Their numbers stay. Delete it all the same with force=true (--force)."
        )


def _named(runs: list[int]) -> str:
    shown = ", ".join(map(str, runs[:SHOWN]))
    more = f" and {len(runs) - SHOWN} more" if len(runs) > SHOWN else ""
    return f"run{'s' * (len(runs) > 1)} {shown}{more}"


def _listed(session: Session, home: Path, row: DatasetVersionTable, current: int | None) -> ListedVersion:
    assert row.id is not None
    unfinished, ended = versions.users(session, row.id)
    card = shelf.find(home, row.key, number=row.number, sha256=row.sha256) if row.deleted_at is None else None
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
        card = shelf.find(home, key, number=0, sha256=asked)
    else:
        with database.read() as session:
            row = versions.get(session, key, int(asked))
        # One that no worker has announced yet is known by its number alone, as after an upgrade.
        card = shelf.find(home, key, number=int(asked), sha256=None if row is None else row.sha256)
    return None if card is None or card.version is None else places.dataset(home, key, card.version)


def _tag(folder: Path, key: str) -> str:
    """Of the images in it: their hash, or what there is before that is computed. Raises NotFound."""
    number = folder.name.removeprefix(key).removeprefix("@")
    card = shelf.card_of(folder.parent.parent, key, int(number or 1))
    if card is not None and card.sha256 is not None:
        return card.sha256[:32]
    try:
        return f"{folder.name}-{folder.stat().st_mtime_ns}"
    except FileNotFoundError:
        raise images.not_here(key) from None  # deleted meanwhile


def _unknown(key: str) -> NotFound:
    return NotFound(f"There is no data set {key!r}.")


def in_words(version: ListedVersion) -> str:
    """A line for the terminal."""
    said = [
        version_in_words(version.version, version.sha256),
        version.provenance or "",
        f"{version.train_images or 0:,} + {version.test_images or 0:,} images",
        f"{len(version.classes or [])} classes",
        f"{version.runs} runs",
        f"{version.created_at:%Y-%m-%d}",
        "deleted" if version.deleted_at else "current" if version.current else "",
    ]
    return "  ".join(part for part in said if part)
