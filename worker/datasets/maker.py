"""Write versions of data sets to the cache: into a temporary folder image by image, renamed when complete."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from skiplab.contract import dataset_store
from skiplab.contract.catalog import DatasetCard, Provenance
from worker.datasets import cache
from worker.datasets.identity import DamagedData, identified
from worker.datasets.images import ImageData, Images, Labels, Size, Split

ASIDE = ".making-"
"""Prefix of temporary folders. The process that writes one holds the lock file in it."""

OLD = ".old"
POLL_SECONDS = 0.5


class Maker:
    """Writes the splits of one data set. Memory holds at most one block of images."""

    def __init__(self, key: str, aside: Path) -> None:
        self._key, self._aside = key, aside
        self._labels: dict[Split, Labels] = {}
        self._size: Size = (0, 0)

    def write(self, split: Split, blocks: Iterable[Images], labels: Labels, *, size: Size) -> None:
        """Write a split. blocks: uint8 (n, H, W, 3), of any length n; size: (H, W). Raises OSError."""
        shape = (len(labels), *size, 3)
        written = 0
        # Not with a memory map: there, a full disk would kill the process with SIGBUS instead of raising OSError.
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
        """Write the card, after all splits."""
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
    """Yield a Maker; on exit, publish its data set as the current version of `key`, keeping the older ones.

    After an exception nothing is left of it.
    """
    with _aside(home) as aside:
        yield Maker(key, aside)
        aside.chmod(0o755)  # mkdtemp creates folders with mode 0700
        _publish(aside, home, key)


def save(home: Path, data: ImageData, *, label: str, source: str, provenance: Provenance = "imported") -> None:
    """Write a data set in memory to the cache."""
    size = data.image_shape[1:]
    with making(home, data.name) as maker:
        maker.write("train", [data.train_images], data.train_labels, size=size)
        maker.write("test", [data.test_images], data.test_labels, size=size)
        maker.describe(data.classes, label=label, source=source, provenance=provenance)


def make_once(home: Path, key: str, make: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Call `make` unless the cache has `key`, now or after another process has made it.

    `tell` is called while waiting; what it raises ends the wait.
    """
    cache.top(home).mkdir(parents=True, exist_ok=True)
    with _waited_for(
        FileLock(cache.top(home) / f".{key}.lock"), lambda: tell(f"waiting for another run to prepare {key}")
    ):
        if not cache.holds(home, key):
            make()


def sweep(home: Path) -> None:
    """Remove the temporary folders of killed processes; those of living ones are locked and stay."""
    removed = []
    with cache.locked(home):
        for left in cache.top(home).glob(f"{ASIDE}*"):
            if not _is_locked(left):
                _put_back(left, home)
                removed.append(_set_aside(left))
        removed += [left for left in cache.top(home).glob(f"{dataset_store.DELETED}*") if not _is_locked(left)]
    # Without the lock: deleting gigabytes takes a while.
    for left in removed:
        shutil.rmtree(left, ignore_errors=True)


def _set_aside(left: Path) -> Path:
    """Move a folder to a new one that is named as deleted; return the latter."""
    folder = Path(tempfile.mkdtemp(prefix=dataset_store.DELETED, dir=left.parent))
    with suppress(FileNotFoundError):  # it was a data set and has been put back
        left.rename(folder / left.name)
    return folder


def _waited_for(lock: FileLock, tell: Callable[[], None]) -> AbstractContextManager[object]:
    while True:
        try:
            return lock.acquire(timeout=POLL_SECONDS)
        except Timeout:
            tell()


@contextmanager
def _aside(home: Path) -> Iterator[Path]:
    """Yield a locked temporary folder, removed at the end unless it was published."""
    with cache.locked(home):
        aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=cache.top(home)))
        hold = cache.lock(aside / dataset_store.LOCK_FILE)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(hold)


def _publish(aside: Path, home: Path, key: str) -> None:
    """Publish a folder as the next version, unless its content equals the current one's."""
    made = DatasetCard.model_validate_json((aside / cache.CARD).read_text())
    made = identified(aside, made)
    if (before := dataset_store.current(home, key)) is not None and before.version is not None and before.error is None:
        # Without the lock, since hashing may take long. A version deleted meanwhile or damaged needs no hash.
        with suppress(FileNotFoundError, DamagedData):
            identified(cache.folder(home, key, before.version), before)
    with cache.locked(home):
        current = dataset_store.current(home, key)
        if current is not None and current.version is not None and current.sha256 == made.sha256:
            if made.provenance == "verified":
                # The same images, now with a verified provenance.
                card = made.model_copy(update={"version": current.version})
                dataset_store.write_card(cache.folder(home, key, current.version), card)
            return
        number = dataset_store.next_number(home, key)
        dataset_store.write_card(aside, made.model_copy(update={"version": number}))
        (aside / dataset_store.LOCK_FILE).unlink()
        aside.rename(cache.folder(home, key, number))


def _put_back(left: Path, home: Path) -> None:
    """Restore a data set of a Skiplab without versions, which moved it away for a successor that was never finished."""
    card = left / cache.CARD
    if left.suffix == OLD and card.is_file():
        folder = cache.folder(home, DatasetCard.model_validate_json(card.read_text()).key)
        if not folder.exists():
            left.rename(folder)


def _is_locked(left: Path) -> bool:
    try:
        os.close(cache.lock(left / dataset_store.LOCK_FILE, fcntl.LOCK_NB))
    except (BlockingIOError, FileNotFoundError):
        return True  # or removed meanwhile
    return False
