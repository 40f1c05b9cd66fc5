"""Versions of data sets on disk: `datasets/KEY/` is version 1, `datasets/KEY@n/` version n.

Workers write and read them; the backend serves their images and deletes them.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard

CARD = "card.json"
DELETED = ".deleted-"
"""Prefix of folders that are being deleted."""

LOCK_FILE = ".held"
"""Lock file in a folder that is being written or deleted; the lock is released when its process dies."""

IMPORTED = "imported from "
"""Prefix of an import's `source`."""


def card_of(home: Path, key: str, number: int) -> DatasetCard | None:
    """Return the card of a version; None if it is not on this disk. An unreadable card has an `error`."""
    file = places.dataset(home, key, number) / CARD
    try:
        card = DatasetCard.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return _unreadable(key, number, file, error)
    # Cards written before data sets had versions lack both fields.
    provenance = card.provenance or ("imported" if card.source.startswith(IMPORTED) else None)
    return card.model_copy(update={"version": number, "provenance": provenance})


def _unreadable(key: str, number: int, file: Path, error: OSError | ValueError) -> DatasetCard:
    why = error.strerror if isinstance(error, OSError) else "it is damaged"
    remedy = "import the same images again, or put the file back from a backup"
    return DatasetCard(
        key=key,
        label=key,
        available=False,
        source="unknown",
        version=number,
        error=f"{file} cannot be read ({why}): {remedy}.",
    )


def current(home: Path, key: str) -> DatasetCard | None:
    """Return the card of the newest version; None if there is none."""
    found = versions(home, key)
    return found[-1] if found else None


def versions(home: Path, key: str) -> list[DatasetCard]:
    """Return the cards of all versions, ascending."""
    numbers = places.dataset_numbers(home, key)
    return [card for number in numbers if (card := card_of(home, key, number)) is not None]


def unhashed(home: Path) -> list[DatasetCard]:
    """Return the versions of all data sets that lack a hash, written by older versions of Skiplab."""
    found = (card for key in keys(home) for card in versions(home, key))
    return [card for card in found if card.sha256 is None and card.error is None]


def keys(home: Path) -> list[str]:
    """Return the keys of all data sets on this disk. Folders whose names begin with a dot are incomplete."""
    found = (card.parent.name.partition("@")[0] for card in places.datasets(home).glob(f"[!.]*/{CARD}"))
    return sorted(set(found))


def find(home: Path, key: str, *, number: int, sha256: str | None) -> DatasetCard | None:
    """Return the version with this hash, whose number may differ on this machine; without a hash, with this number."""
    found = [card for card in versions(home, key) if sha256 is None or card.sha256 == sha256]
    numbered = [card for card in found if card.version == number]
    return next(iter(numbered or (found if sha256 else [])), None)


def next_number(home: Path, key: str) -> int:
    """Return the next number; those of deleted versions are not reused."""
    return max([*places.dataset_numbers(home, key), _last_deleted(home, key)], default=0) + 1


@contextmanager
def deleting(home: Path, key: str, number: int) -> Iterator[None]:
    """Delete the images of a version after the block; its number is not reused. Open files stay readable.

    They are moved aside before the block, and moved back if it raises. Raises FileNotFoundError.
    """
    folder = places.dataset(home, key, number)
    with ExitStack() as after:
        with locked(home):
            aside = Path(tempfile.mkdtemp(prefix=DELETED, dir=places.datasets(home)))
            after.callback(os.close, lock(aside / LOCK_FILE))
            # Outside the lock: deleting gigabytes takes a while.
            after.callback(shutil.rmtree, aside, ignore_errors=True)
            if number == max(places.dataset_numbers(home, key), default=0):
                _deleted(home, key).write_text(str(number))
            folder.rename(aside / folder.name)
        try:
            yield
        except BaseException:
            with locked(home):
                (aside / folder.name).rename(folder)
            raise


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Lock all data sets, so that a version is not read during its deletion, nor an unfinished one removed."""
    places.datasets(home).mkdir(parents=True, exist_ok=True)
    hold = lock(places.datasets(home) / ".door.lock")
    try:
        yield
    finally:
        os.close(hold)


def lock(file: Path, flags: int = 0) -> int:
    """Lock a file until the returned descriptor is closed, at the latest by the death of the process.

    `flags`: LOCK_NB to raise BlockingIOError instead of waiting.
    """
    hold = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | flags)
    except BaseException:
        os.close(hold)
        raise
    return hold


def write_card(folder: Path, card: DatasetCard) -> None:
    """Write the card atomically: it may be read at the same time."""
    aside = folder / f".{CARD}.{os.getpid()}"
    aside.write_text(card.model_dump_json(indent=1))
    aside.replace(folder / CARD)


def _deleted(home: Path, key: str) -> Path:
    """Return the file with the highest deleted number."""
    return places.datasets(home) / f".{key}.deleted"


def _last_deleted(home: Path, key: str) -> int:
    try:
        return int(_deleted(home, key).read_text())
    except (FileNotFoundError, ValueError):
        return 0
