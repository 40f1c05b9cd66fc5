"""Previews of the images that a run would train on."""

import numpy as np
import pytest

from skiplab.contract.spec import RunSpec
from worker.training.preview import versions

IMAGES = np.random.default_rng(0).integers(1, 256, (3, 32, 32, 3), dtype=np.uint8)


def seen(**fields: object) -> np.ndarray:
    return versions(IMAGES, RunSpec(model="any", dataset="any", batch_size=3, **fields), epochs=4)


def test_without_augmentation_every_epoch_shows_the_images_themselves() -> None:
    shown = seen(augment="none")
    assert shown.shape == (3, 4, 32, 32, 3)
    for epoch in range(4):
        assert np.array_equal(shown[:, epoch], IMAGES)


def test_a_crop_shows_the_image_moved_or_mirrored_in_another_way_each_epoch() -> None:
    shown = seen(augment="crop_flip")
    for image, row in zip(IMAGES, shown, strict=True):
        padded = np.pad(image, ((4, 4), (4, 4), (0, 0)))
        crops = [padded[y : y + 32, x : x + 32] for y in range(9) for x in range(9)]
        for version in row:
            assert any(np.array_equal(version, each) or np.array_equal(version[:, ::-1], each) for each in crops)
        assert len({version.tobytes() for version in row}) > 1


@pytest.mark.parametrize("fields", [{"augment": "trivial"}, {"cutout": 8}, {"mixup": 0.5}])
def test_other_augmentations_change_the_images(fields: dict[str, object]) -> None:
    assert not np.array_equal(seen(**fields), seen(augment="crop_flip"))
