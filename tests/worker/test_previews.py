"""Previews of augmentation on request, and data sets that are added while the worker runs."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.db import catalog, errands, events
from backend.db.database import Database
from backend.db.tables import ErrandTable
from skiplab.contract import places
from skiplab.contract.errands import Errand, ErrandStatus, PreviewTask
from skiplab.contract.events import EventType
from tests.worker.errands.work import perform_next
from worker import catalog_watcher, previews
from worker.datasets import cache, cards
from worker.datasets.images import ImageData
from worker.datasets.maker import save
from worker.settings import WorkerSettings


def small(home: Path, classes: int = 3) -> None:
    """A data set `small` of twelve images."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(12) % classes
    names = tuple(f"class {label}" for label in range(classes))
    save(home, ImageData("small", names, images, labels, images, labels), label="Small", source="a test")


def preview(database: Database, home: Path, worker_id: int, key: str) -> Errand:
    """Request a preview and render it, as a worker does, in this process."""
    with database.write() as session:
        catalog.announce_datasets(session, cards(home))
        errand_id = errands.add(session, PreviewTask(dataset=key)).id or 0
    perform_next(database, home, worker_id)
    with database.read() as session:
        return errands.view(session, session.get_one(ErrandTable, errand_id))


def test_a_requested_preview_is_rendered_and_published(tmp_path: Path, database: Database, worker_id: int) -> None:
    small(tmp_path)

    done = preview(database, tmp_path, worker_id, "small")

    assert (done.status, done.error) == (ErrandStatus.DONE, None)
    shown = np.load(places.preview(tmp_path, "small", "none"))
    assert shown.shape == (6, 8, 8, 8, 3)
    assert places.preview(tmp_path, "small", "trivial").is_file()
    with database.read() as session:
        last = events.since(session, after=0)[-1]
    assert last.type == EventType.CATALOG
    assert '"datasets":["small"]' in last.payload.replace(" ", "")


def test_images_that_come_with_the_lab_are_made_for_their_preview(
    tmp_path: Path, database: Database, worker_id: int
) -> None:
    assert preview(database, tmp_path, worker_id, "digits").status == ErrandStatus.DONE

    assert places.preview(tmp_path, "digits", "crop_flip").is_file()
    assert cache.holds(tmp_path, "digits")


def test_a_preview_of_images_that_are_not_here_fails_with_the_reason(
    tmp_path: Path, database: Database, worker_id: int
) -> None:
    failed = preview(database, tmp_path, worker_id, "cifar10")

    assert failed.status == ErrandStatus.FAILED
    assert failed.error == "The images of cifar10 are not on this machine. A run on it downloads them."
    assert list(tmp_path.rglob("preview_*")) == []


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"")])
def test_a_preview_of_damaged_images_fails_with_the_reason(
    damage: Callable[[Path], None], tmp_path: Path, database: Database, worker_id: int
) -> None:
    small(tmp_path)
    damage(places.datasets(tmp_path) / "small/test_images.npy")

    failed = preview(database, tmp_path, worker_id, "small")

    assert failed.status == ErrandStatus.FAILED
    assert failed.error is not None
    assert "small" in failed.error
    assert not places.preview(tmp_path, "small", "none").is_file()


def test_the_first_image_of_each_class_is_shown(tmp_path: Path) -> None:
    small(tmp_path, classes=6)
    previews.write(tmp_path, "small")
    images = np.load(places.datasets(tmp_path) / "small/train_images.npy")
    assert np.array_equal(np.load(places.preview(tmp_path, "small", "none"))[:, 0], images[:6])


def test_a_new_start_makes_them_anew(tmp_path: Path) -> None:
    small(tmp_path)
    previews.write(tmp_path, "small")
    previews.forget(tmp_path)
    assert not places.preview(tmp_path, "small", "none").is_file()
    assert (places.datasets(tmp_path) / "small/train_images.npy").is_file()


def test_a_data_set_that_comes_while_the_worker_runs_is_announced(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_watcher, "POLL_SECONDS", 0.02)
    gone = threading.Event()
    following = catalog_watcher.CatalogWatcher(WorkerSettings(home=tmp_path, database_url=database.url))
    thread = threading.Thread(target=following.follow, args=(gone,))
    thread.start()
    small(tmp_path)

    deadline = time.monotonic() + 20
    while not _is_offered(database, "small"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    gone.set()
    thread.join()


def _is_offered(database: Database, key: str) -> bool:
    with database.read() as session:
        card = catalog.dataset(session, key)
    return card is not None and card.available
