"""An upload becomes a data set, or says why it cannot."""

import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backend.db import catalog, imports
from backend.db.database import Database, DatabaseBusy
from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.imports import Choices, Import, ImportStatus
from tests.lab import until
from worker import uploads
from worker.datasets import cache
from worker.settings import WorkerSettings
from worker.uploads import Uploads, import_upload, next_here


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> WorkerSettings:
    return WorkerSettings(home=tmp_path, database_url=database.url)


def upload(database: Database, home: Path, *, test_images: bool = True, preview: bool = False) -> int:
    file = "my pets.zip" if preview else None
    with database.write() as session:
        import_id = imports.add(session, key="pets", bytes=1, preview=preview, file=file).id or 0
    path = places.upload(home, import_id, "pets")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test") if test_images else ("train",):
            for label, shade in (("cat", 40), ("dog", 200)):
                with archive.open(f"{split}/{label}/1.png", "w") as file:
                    Image.new("RGB", (16, 12), (shade, 0, 0)).save(file, "PNG")
    return import_id


def import_next(settings: WorkerSettings, worker_id: int) -> None:
    """As a worker does, in this process."""
    database = Database(settings.database)
    with database.read() as session:
        import_id = next_here(session, settings.home)
    database.close()
    assert import_id is not None
    import_upload(settings, worker_id, import_id)


def seen(database: Database, import_id: int) -> Import:
    with database.read() as session:
        row = imports.get(session, import_id)
        assert row is not None
        return imports.view(row)


def cards(home: Path, key: str) -> list[DatasetCard]:
    return [card for card in cache.cards(home) if card.key == key]


def test_an_upload_becomes_a_data_set_that_is_on_offer(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home)

    import_next(settings, worker_id)

    done = seen(database, import_id)
    assert (done.status, done.images_done, done.images) == (ImportStatus.DONE, 4, 4)
    assert done.ended_at is not None
    with database.read() as session:
        card = catalog.dataset(session, "pets")
    assert card is not None
    assert (card.train_images, card.test_images, card.source) == (2, 2, "imported from pets.zip")
    assert not places.upload(settings.home, import_id, "pets").parent.exists()


def test_one_that_cannot_says_why_without_the_labs_folders_and_is_removed(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home, test_images=False)

    import_next(settings, worker_id)

    failed = seen(database, import_id)
    assert failed.status == ImportStatus.FAILED
    assert failed.reason is not None
    assert failed.reason.startswith("pets.zip has no labelled test set, and class 'cat' has one image")
    assert str(settings.home) not in failed.reason
    assert not places.upload(settings.home, import_id, "pets").parent.exists()


def test_one_that_is_cancelled_before_its_process_begins_is_left_alone(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home)
    with database.write() as session:
        imports.cancel(session, import_id)

    import_upload(settings, worker_id, import_id)

    assert seen(database, import_id).status == ImportStatus.CANCELLED
    assert cards(settings.home, "pets") == []


def test_an_import_whose_process_dies_has_failed_with_the_reason_even_if_the_database_is_busy_then(
    database: Database, worker_id: int, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = upload(database, settings.home)
    popen, fail, busy = subprocess.Popen, imports.fail, [True]

    def start(_command: list[str]) -> "subprocess.Popen[bytes]":
        with database.write() as session:
            imports.claim(session, worker_id, import_id)
        return popen([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])

    def fail_when_free(*given: Any, **reason: Any) -> None:
        if busy:
            busy.pop()
            raise DatabaseBusy("locked")
        fail(*given, **reason)

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(imports, "fail", fail_when_free)
    gone = threading.Event()
    looking = threading.Thread(target=Uploads(settings, worker_id).follow, args=(gone,))
    looking.start()
    failed = until(lambda: seen(database, import_id), lambda found: found.status == ImportStatus.FAILED, 20)
    gone.set()
    looking.join()

    assert failed.reason == "the importing process was killed by SIGKILL"
    assert busy == []
    assert not places.upload(settings.home, import_id, "pets").parent.exists()


def test_an_upload_is_left_to_a_worker_that_has_its_file(
    database: Database, worker_id: int, settings: WorkerSettings, tmp_path: Path
) -> None:
    beside_another_backend = upload(database, tmp_path / "another host")
    here = upload(database, settings.home)

    import_next(settings, worker_id)

    assert seen(database, beside_another_backend).status == ImportStatus.WAITING
    assert seen(database, here).status == ImportStatus.DONE
    import_next(WorkerSettings(home=tmp_path / "another host", database_url=database.url), worker_id)
    assert seen(database, beside_another_backend).status == ImportStatus.DONE


def test_a_preview_is_inspected_kept_and_imported_when_it_is_taken(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home, preview=True)

    import_next(settings, worker_id)

    found = seen(database, import_id)
    assert found.status == ImportStatus.FOUND
    assert found.found is not None
    assert [(each.split, each.images) for each in found.found.splits] == [("train", 2), ("test", 2)]
    assert cards(settings.home, "pets") == []
    with database.write() as session:
        imports.take(session, import_id, key="beasts", choices=Choices(size=8), preview=False)
    import_next(settings, worker_id)
    assert seen(database, import_id).status == ImportStatus.DONE
    (card,) = cards(settings.home, "beasts")
    assert (card.image_shape, card.source) == ((3, 8, 8), "imported from my pets.zip")
    assert not (settings.home / "uploads" / str(import_id)).exists()


def test_a_preview_that_cannot_become_a_data_set_has_failed_with_what_was_found(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home, test_images=False, preview=True)

    import_next(settings, worker_id)

    failed = seen(database, import_id)
    assert failed.status == ImportStatus.FAILED
    assert failed.reason is not None
    assert failed.reason.startswith("my pets.zip has no labelled test set")


def test_one_that_is_cancelled_while_it_is_imported_stops_and_leaves_nothing(
    database: Database, worker_id: int, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = upload(database, settings.home)
    tell = uploads.Teller.tell

    def cancel_first(teller: uploads.Teller, done: int, of: int) -> None:
        with database.write() as session:
            imports.cancel(session, import_id)
        tell(teller, done, of)

    monkeypatch.setattr(uploads.Teller, "tell", cancel_first)
    import_next(settings, worker_id)

    assert seen(database, import_id).status == ImportStatus.CANCELLED
    assert [path.name for path in (settings.home / "datasets").glob("*")] in ([], [".door.lock"])


def test_cancelling_one_import_leaves_another_that_runs_alone(
    database: Database, worker_id: int, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = upload(database, settings.home, preview=True)
    import_next(settings, worker_id)
    running = upload(database, settings.home)
    popen, asked = subprocess.Popen, Asked()
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> "subprocess.Popen[bytes]":
        assert command[-1] == str(running)
        with database.write() as session:
            imports.claim(session, worker_id, running)
            imports.cancel(session, other)
        started.append(popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    looking = threading.Thread(target=Uploads(settings, worker_id).follow, args=(asked,))
    looking.start()
    assert asked.thrice.wait(10)
    assert started[0].poll() is None
    with database.write() as session:
        imports.cancel(session, running)
    assert started[0].wait(10) == -9
    asked.set()
    looking.join()

    assert not (settings.home / "uploads" / str(running)).exists()


class Asked(threading.Event):
    """Counts the looks after a running import."""

    def __init__(self) -> None:
        super().__init__()
        self._looks, self.thrice = 0, threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self._looks += timeout == uploads.CANCEL_SECONDS
        if self._looks > 3:
            self.thrice.set()
        return super().wait(timeout)


def test_an_import_that_fails_unexpectedly_says_what_happened(
    database: Database, worker_id: int, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = upload(database, settings.home)

    def fail(*_given: object, **_options: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("worker.importer.import_images", fail)
    import_next(settings, worker_id)

    failed = seen(database, import_id)
    assert failed.status == ImportStatus.FAILED
    assert failed.reason == (
        "the import failed unexpectedly (ZeroDivisionError: division by zero); the worker's log has more"
    )


def test_a_process_that_hangs_is_ended_within_two_seconds_of_the_cancel(
    database: Database, worker_id: int, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = upload(database, settings.home)
    hangs = [sys.executable, "-c", "import time; time.sleep(600)"]
    popen = subprocess.Popen
    started: list[subprocess.Popen[bytes]] = []

    def start(_command: list[str]) -> "subprocess.Popen[bytes]":
        with database.write() as session:
            imports.claim(session, worker_id, import_id)
        started.append(popen(hangs))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    gone = threading.Event()
    looking = threading.Thread(target=Uploads(settings, worker_id).follow, args=(gone,))
    looking.start()
    until(lambda: bool(started), bool, 10)
    begun = time.monotonic()
    with database.write() as session:
        imports.cancel(session, import_id)
    started[0].wait(10)
    took = time.monotonic() - begun
    gone.set()
    looking.join()

    assert took < 2
    assert not (settings.home / "uploads" / str(import_id)).exists()
