"""Pictures of data sets."""

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from backend.db import catalog, errands
from backend.db.database import Database
from backend.db.tables import ErrandTable, utc_now
from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.errands import PreviewTask
from tests.errands import claim_errand


@pytest.fixture
def images(tmp_path: Path) -> np.ndarray:
    """Five test images of a data set `small`: two of class 0, three of class 1."""
    made = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    folder = places.datasets(tmp_path) / "small"
    folder.mkdir(parents=True)
    np.save(folder / "test_images.npy", made)
    np.save(folder / "test_labels.npy", np.array([1, 0, 1, 0, 1]))
    return made


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def requested(database: Database) -> list[str]:
    """Data sets whose previews an errand is to render."""
    with database.read() as session:
        tasks = [errands.task_of(row) for row in errands.waiting(session)]
    return [task.dataset for task in tasks if isinstance(task, PreviewTask)]


def test_an_image_is_answered_as_it_is(api: TestClient, images: np.ndarray) -> None:
    answer = api.get("/api/v1/datasets/small/images/test/2")

    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(pixels(answer.content), images[2])


def test_samples_of_a_class_stand_side_by_side(api: TestClient, images: np.ndarray) -> None:
    sheet = pixels(api.get("/api/v1/datasets/small/samples/test/1").content)

    assert sheet.shape == (4, 10 * 6 + 9 * 2, 3), "there is room for ten"
    for column, place in enumerate((0, 2, 4)):
        left = column * (6 + 2)
        assert np.array_equal(sheet[:, left : left + 6], images[place])
    assert not sheet[:, 3 * (6 + 2) :].any()


def test_samples_of_a_large_class_are_taken_from_all_of_it(api: TestClient, tmp_path: Path) -> None:
    folder = places.datasets(tmp_path) / "long"
    folder.mkdir(parents=True)
    shades = np.arange(100, dtype=np.uint8)
    np.save(folder / "train_images.npy", np.broadcast_to(shades[:, None, None, None], (100, 200, 100, 3)))
    np.save(folder / "train_labels.npy", np.zeros(100, dtype=np.int64))

    sheet = pixels(api.get("/api/v1/datasets/long/samples/train/0").content)

    # 100 x 200 pixels are made 32 x 64.
    assert sheet.shape == (64, 10 * 32 + 9 * 2, 3)
    assert sheet[30, 16 :: 32 + 2, 0].tolist() == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("small/images/test/5", 404),
        ("small/images/train/0", 404),
        ("other/images/test/0", 404),
        ("small/images/all/0", 422),
        ("small/images/test/-1", 422),
        ("..%2f..%2fx/images/test/0", 404),
        ("small/samples/test/2", 404),
        ("small/samples/train/0", 404),
        ("small/samples/test/-1", 422),
        ("other/previews/none", 404),
        ("small/previews/sparkle", 422),
    ],
)
@pytest.mark.usefixtures("images")
def test_an_image_that_is_not_there_is_no_failure_of_the_lab(api: TestClient, path: str, status: int) -> None:
    assert api.get(f"/api/v1/datasets/{path}").status_code == status


def test_a_preview_that_is_not_there_is_asked_for_and_then_shown(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        card = DatasetCard(key="small", label="Small", available=True, source="a test")
        catalog.announce_datasets(session, [card])
    folder = places.datasets(tmp_path) / "small"
    folder.mkdir(parents=True)
    np.save(folder / "train_images.npy", np.zeros((1, 4, 4, 3), dtype=np.uint8))

    assert api.get("/api/v1/datasets/small/previews/trivial").status_code == 202
    assert api.get("/api/v1/datasets/small/previews/none").status_code == 202
    assert requested(database) == ["small"]

    np.save(places.preview(tmp_path, "small", "trivial"), np.full((2, 3, 4, 4, 3), 7, dtype=np.uint8))
    answer = api.get("/api/v1/datasets/small/previews/trivial")
    assert answer.status_code == 200
    assert pixels(answer.content).shape == (2 * 4 + 2, 3 * 4 + 2 * 2, 3)


@pytest.mark.parametrize("made_elsewhere", [True, False])
def test_a_preview_that_failed_or_was_made_in_another_home_is_requested_once_a_minute(
    made_elsewhere: bool, api: TestClient, database: Database, worker_id: int, images: np.ndarray, tmp_path: Path
) -> None:
    np.save(places.datasets(tmp_path) / "small" / "train_images.npy", images)
    path = "/api/v1/datasets/small/previews/trivial"
    assert api.get(path).status_code == 202
    with database.write() as session:
        held = claim_errand(session, worker_id)
        assert held is not None
        if made_elsewhere:
            errands.finish(session, held.errand_id, held.attempt)
        else:
            errands.fail(session, held.errand_id, held.attempt, error="no")

    assert api.get(path).status_code == 202
    assert requested(database) == []

    with database.write() as session:
        session.get_one(ErrandTable, held.errand_id).ended_at = utc_now() - timedelta(minutes=2)
    assert api.get(path).status_code == 202
    assert requested(database) == ["small"]


def test_images_that_come_with_the_lab_are_asked_for_before_the_first_run_on_them(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    here = DatasetCard(key="digits", label="Digits", available=True, source="a test")
    with database.write() as session:
        far = here.model_copy(update={"key": "cifar10", "available": False})
        plugin = here.model_copy(update={"key": "own", "plugin": "own.py"})
        catalog.announce_datasets(session, [here, far])
        catalog.announce_datasets(session, [plugin], of_plugins=True)

    def pictures() -> dict[str, bool]:
        return {each["key"]: each["pictures"] for each in api.get("/api/v1/datasets").json()["items"]}

    assert pictures() == {"digits": False, "cifar10": False, "own": False}
    answers = {key: api.get(f"/api/v1/datasets/{key}/previews/none").status_code for key in pictures()}
    assert answers == {"digits": 202, "cifar10": 404, "own": 404}
    assert requested(database) == ["digits"]

    folder = places.datasets(tmp_path) / "digits"
    folder.mkdir(parents=True)
    np.save(folder / "train_images.npy", np.zeros((1, 4, 4, 3), dtype=np.uint8))
    assert pictures() == {"digits": True, "cifar10": False, "own": False}
