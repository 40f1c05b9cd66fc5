"""An upload becomes a data set, or has the reason why not."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from backend.db import catalog, errands, imports
from backend.db.database import Database
from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.errands import ImportTask
from skiplab.contract.imports import Choices, Import, ImportStatus
from tests.errands import claim_errand
from tests.worker.errands.work import perform_next
from worker.datasets import cache
from worker.errands import import_data
from worker.errands.process import perform
from worker.settings import WorkerSettings


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> WorkerSettings:
    return WorkerSettings(home=tmp_path, database_url=database.url)


def upload(database: Database, home: Path, *, test_images: bool = True, preview: bool = False) -> int:
    file = "my pets.zip" if preview else None
    with database.write() as session:
        import_id = imports.add(session, key="pets", bytes=1, preview=preview, file=file).id or 0
        errands.add(session, ImportTask(import_id=import_id))
    path = places.upload(home, import_id, "pets")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test") if test_images else ("train",):
            for label, shade in (("cat", 40), ("dog", 200)):
                with archive.open(f"{split}/{label}/1.png", "w") as member:
                    Image.new("RGB", (16, 12), (shade, 0, 0)).save(member, "PNG")
    return import_id


def import_next(settings: WorkerSettings, worker_id: int) -> None:
    """As a worker does, in this process."""
    database = Database(settings.database)
    perform_next(database, settings.home, worker_id)
    database.close()


def cancel(database: Database, import_id: int) -> None:
    with database.write() as session:
        errand = errands.active(session, ImportTask(import_id=import_id))
        assert errand is not None
        errands.cancel(session, errand)


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


def test_one_that_cannot_be_imported_has_a_reason_without_server_paths_and_is_removed(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home, test_images=False)

    import_next(settings, worker_id)

    failed = seen(database, import_id)
    assert failed.status == ImportStatus.FAILED
    assert failed.reason is not None
    assert failed.reason.startswith("pets.zip has no labelled test set, and class 'cat' has a single image")
    assert str(settings.home) not in failed.reason
    assert not places.upload(settings.home, import_id, "pets").parent.exists()


def test_one_that_is_cancelled_before_its_process_begins_is_left_alone(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    import_id = upload(database, settings.home)
    with database.write() as session:
        claim = claim_errand(session, worker_id)
        assert claim is not None
    cancel(database, import_id)

    perform(settings, claim.errand_id, claim.attempt)

    assert seen(database, import_id).status == ImportStatus.CANCELLED
    assert cards(settings.home, "pets") == []


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
        errands.add(session, ImportTask(import_id=import_id))
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
    publish = import_data.Progress.__call__

    def cancel_first(progress: import_data.Progress, done: int, total: int) -> None:
        cancel(database, import_id)
        publish(progress, done, total)

    monkeypatch.setattr(import_data.Progress, "__call__", cancel_first)
    import_next(settings, worker_id)

    assert seen(database, import_id).status == ImportStatus.CANCELLED
    assert [path.name for path in (settings.home / "datasets").glob("*")] in ([], [".door.lock"])


def test_one_of_several_data_sets_in_an_upload_is_imported_where_its_folder_is_named(
    database: Database, worker_id: int, settings: WorkerSettings
) -> None:
    with database.write() as session:
        import_id = imports.add(session, key="second", bytes=1, choices=Choices(part="b")).id or 0
        errands.add(session, ImportTask(import_id=import_id))
    path = places.upload(settings.home, import_id, "second")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for part, shade in (("a", 40), ("b", 200)):
            for split in ("train", "test"):
                for label in ("cat", "dog"):
                    with archive.open(f"{part}/{split}/{label}/1.png", "w") as member:
                        Image.new("RGB", (16, 12), (shade, 0, 0)).save(member, "PNG")

    import_next(settings, worker_id)

    done = seen(database, import_id)
    assert (done.status, done.images, done.part) == (ImportStatus.DONE, 4, "b")
    assert cache.load(settings.home, "second").train_images.max() == 200


def test_an_import_that_fails_unexpectedly_has_the_error(
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
        "the import failed unexpectedly (ZeroDivisionError: division by zero); see the worker's log"
    )
