"""Versions of data sets on the disk of one machine: `datasets/KEY/` is version 1, `datasets/KEY@n/` version n.

Workers publish them and train on them; the web process shows their pictures and deletes them.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard

CARD = "card.json"
IMPORTED = "imported from "
"""How the source of an import begins."""


def card_of(home: Path, key: str, number: int) -> DatasetCard | None:
    """None where that version is not here."""
    file = places.dataset(home, key, number) / CARD
    try:
        card = DatasetCard.model_validate(json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    # Cards from before there were versions say nothing of them.
    said = card.provenance or ("imported" if card.source.startswith(IMPORTED) else None)
    return card.model_copy(update={"version": number, "provenance": said})


def current(home: Path, key: str) -> DatasetCard | None:
    """The version that was made last."""
    found = versions(home, key)
    return found[-1] if found else None


def versions(home: Path, key: str) -> list[DatasetCard]:
    """Ascending."""
    numbers = places.dataset_numbers(home, key)
    return [card for number in numbers if (card := card_of(home, key, number)) is not None]


def keys(home: Path) -> list[str]:
    """Of all data sets that are here. What begins with a dot is not whole."""
    found = (card.parent.name.partition("@")[0] for card in places.datasets(home).glob(f"[!.]*/{CARD}"))
    return sorted(set(found))


def find(home: Path, key: str, *, number: int, sha256: str | None) -> DatasetCard | None:
    """The version with this content, whatever its number is on this machine; without a hash the one of that number."""
    found = [card for card in versions(home, key) if sha256 is None or card.sha256 == sha256]
    numbered = [card for card in found if card.version == number]
    return next(iter(numbered or (found if sha256 else [])), None)


def next_number(home: Path, key: str) -> int:
    """One that no version here has had."""
    return max([*places.dataset_numbers(home, key), _last_deleted(home, key)], default=0) + 1


def remove(home: Path, key: str, number: int) -> None:
    """Delete the images of a version; its number is not given again. Whoever has them open goes on with them."""
    folder = places.dataset(home, key, number)
    with door(home):
        if number == max(places.dataset_numbers(home, key), default=0):
            _deleted(home, key).write_text(str(number))
        gone = Path(tempfile.mkdtemp(prefix=".deleted-", dir=places.datasets(home)))
        folder.rename(gone / folder.name)
    shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def door(home: Path) -> Iterator[None]:
    """One at a time: nobody reads a version while it is deleted, or sweeps what is just being made."""
    places.datasets(home).mkdir(parents=True, exist_ok=True)
    hold = lock(places.datasets(home) / ".door.lock")
    try:
        yield
    finally:
        os.close(hold)


def lock(file: Path, how: int = 0) -> int:
    """A descriptor that holds the file until it is closed, by death too. `how`: LOCK_NB, not to wait for it."""
    hold = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | how)
    except BaseException:
        os.close(hold)
        raise
    return hold


def write_card(folder: Path, card: DatasetCard) -> None:
    """Whole or not at all: somebody may be reading it."""
    aside = folder / f".{CARD}.{os.getpid()}"
    aside.write_text(card.model_dump_json(indent=1))
    aside.replace(folder / CARD)


def _deleted(home: Path, key: str) -> Path:
    """Holds the highest number that was deleted."""
    return places.datasets(home) / f".{key}.deleted"


def _last_deleted(home: Path, key: str) -> int:
    try:
        return int(_deleted(home, key).read_text())
    except (FileNotFoundError, ValueError):
        return 0
