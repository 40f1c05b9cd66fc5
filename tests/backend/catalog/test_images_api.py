"""Single images of data sets."""

import io
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image


@pytest.fixture
def images(tmp_path: Path) -> np.ndarray:
    """Three test images of a data set `small`."""
    made = np.random.default_rng(0).integers(0, 256, (3, 4, 6, 3), dtype=np.uint8)
    folder = tmp_path / "datasets/small"
    folder.mkdir(parents=True)
    np.save(folder / "test_images.npy", made)
    return made


def test_an_image_is_answered_as_it_is(api: TestClient, images: np.ndarray) -> None:
    answer = api.get("/api/v1/datasets/small/images/test/2")

    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(answer.content))), images[2])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("small/images/test/3", 404),
        ("small/images/train/0", 404),
        ("other/images/test/0", 404),
        ("small/images/all/0", 422),
        ("small/images/test/-1", 422),
        ("..%2f..%2fx/images/test/0", 404),
    ],
)
@pytest.mark.usefixtures("images")
def test_an_image_that_is_not_there_is_no_failure_of_the_lab(api: TestClient, path: str, status: int) -> None:
    assert api.get(f"/api/v1/datasets/{path}").status_code == status
