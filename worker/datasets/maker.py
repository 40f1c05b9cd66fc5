"""Makes versions of data sets in the cache: written aside, image by image, and renamed when whole; once for all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from skiplab.contract import shelf
from skiplab.contract.catalog import DatasetCard, Provenance
from worker.datasets import cache
from worker.datasets.identity import DamagedData, identified
from worker.datasets.images import ImageData, Images, Labels, Size, Split

ASIDE = ".making-"
"""What is being made begins with this. Its maker holds the lock in it."""

OLD = ".old"
POLL_SECONDS = 0.5


class Maker:
    """Writes the parts of one data set. Memory holds no more than a block of images, however many there are."""

    def __init__(self, key: str, aside: Path) -> None:
        self._key, self._aside = key, aside
        self._labels: dict[Split, Labels] = {}
        self._size: Size = (0, 0)

    def write(self, split: Split, blocks: Iterable[Images], labels: Labels, *, size: Size) -> None:
        """All images of a split, in blocks of any length, N x H x W x 3; `size`: height, width."""
        shape = (len(labels), *size, 3)
        written = 0
        # Not through a memory map: a full disk would be a killed process there, and here it is an error.
        with (self._aside / f"{split}_images.npy").open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for block in blocks:
                written += file.write(np.ascontiguousarray(block, dtype=np.uint8).data)
        assert written == np.prod(shape, dtype=np.int64), f"{written} bytes of images for the shape {shape}"
        np.save(self._aside / f"{split}_labels.npy", labels.astype(np.int64))
        self._labels[split], self._size = labels, size

    def describe(
        self,
        classes: Sequence[str],
        *,
        label: str,
        source: str,
        provenance: Provenance = "imported",
        notes: Sequence[str] = (),
    ) -> None:
        """The card: last, when all splits are written. A validation set is there where one was."""
        counts = {split: np.bincount(labels, minlength=len(classes)) for split, labels in self._labels.items()}
        card = DatasetCard(
            key=self._key,
            label=label,
            classes=list(classes),
            train_images=len(self._labels["train"]),
            test_images=len(self._labels["test"]),
            train_counts=counts["train"].tolist(),
            test_counts=counts["test"].tolist(),
            val_images=len(self._labels["val"]) if "val" in self._labels else None,
            val_counts=counts["val"].tolist() if "val" in counts else None,
            image_shape=(3, *self._size),
            available=True,
            source=source,
            provenance=provenance,
            notes=list(notes),
        )
        (self._aside / cache.CARD).write_text(card.model_dump_json(indent=1))


@contextmanager
def making(home: Path, key: str) -> Iterator[Maker]:
    """A data set to write. At the end it is the current version of that key, beside the older ones; after an exception
    nothing is left of it."""
    with _aside(home) as aside:
        yield Maker(key, aside)
        aside.chmod(0o755)  # mkdtemp's folders are for their maker alone
        _publish(aside, home, key)


def save(home: Path, data: ImageData, *, label: str, source: str, provenance: Provenance = "imported") -> None:
    """A data set that is in memory."""
    size = data.image_shape[1:]
    with making(home, data.name) as maker:
        maker.write("train", [data.train_images], data.train_labels, size=size)
        maker.write("test", [data.test_images], data.test_labels, size=size)
        maker.describe(data.classes, label=label, source=source, provenance=provenance)


def make_once(home: Path, key: str, make: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Call `make` unless the cache holds `key`, now or when another process that makes it is done.

    What `tell` raises ends the wait.
    """
    cache.top(home).mkdir(parents=True, exist_ok=True)
    with _waited_for(FileLock(cache.top(home) / f".{key}.lock"), lambda: tell(f"waiting for another run to get {key}")):
        if not cache.holds(home, key):
            make()


def sweep(home: Path) -> None:
    """Remove what makers that were killed have left behind; what a living one writes stays."""
    gone = []
    with cache.door(home):
        for left in cache.top(home).glob(f"{ASIDE}*"):
            if not _is_held(left):
                _put_back(left, home)
                gone.append(_out_of_the_way(left))
        gone += [left for left in cache.top(home).glob(f"{shelf.DELETED}*") if not _is_held(left)]
    # Not behind the door: gigabytes take a while.
    for left in gone:
        shutil.rmtree(left, ignore_errors=True)


def _out_of_the_way(left: Path) -> Path:
    """Where nobody takes it for what is being made."""
    place = Path(tempfile.mkdtemp(prefix=shelf.DELETED, dir=left.parent))
    with suppress(FileNotFoundError):  # it was a data set and has been put back
        left.rename(place / left.name)
    return place


def _waited_for(lock: FileLock, tell: Callable[[], None]) -> AbstractContextManager[object]:
    while True:
        try:
            return lock.acquire(timeout=POLL_SECONDS)
        except Timeout:
            tell()


@contextmanager
def _aside(home: Path) -> Iterator[Path]:
    """A folder that is held while this process lives, and removed at the end if it is still there."""
    with cache.door(home):
        aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=cache.top(home)))
        hold = cache.lock(aside / shelf.HELD)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(hold)


def _publish(aside: Path, home: Path, key: str) -> None:
    """As the next version; what is the current one once more, to the last bit, makes none."""
    made = DatasetCard.model_validate_json((aside / cache.CARD).read_text())
    made = identified(aside, made)
    if (before := shelf.current(home, key)) is not None and before.version is not None and before.error is None:
        # Before the door is closed: it may take long. One that is deleted meanwhile or damaged needs none.
        with suppress(FileNotFoundError, DamagedData):
            identified(cache.folder(home, key, before.version), before)
    with cache.door(home):
        current = shelf.current(home, key)
        if current is not None and current.version is not None and current.sha256 == made.sha256:
            if made.provenance == "verified":
                # Now it is known where the same images are from.
                said = made.model_copy(update={"version": current.version})
                shelf.write_card(cache.folder(home, key, current.version), said)
            return
        number = shelf.next_number(home, key)
        shelf.write_card(aside, made.model_copy(update={"version": number}))
        (aside / shelf.HELD).unlink()
        aside.rename(cache.folder(home, key, number))


def _put_back(left: Path, home: Path) -> None:
    """Before there were versions, a data set was moved away for the next one: one whose successor never took its place
    is the data set still."""
    card = left / cache.CARD
    if left.suffix == OLD and card.is_file():
        place = cache.folder(home, DatasetCard.model_validate_json(card.read_text()).key)
        if not place.exists():
            left.rename(place)


def _is_held(left: Path) -> bool:
    try:
        os.close(cache.lock(left / shelf.HELD, fcntl.LOCK_NB))
    except (BlockingIOError, FileNotFoundError):
        return True  # or gone meanwhile
    return False
