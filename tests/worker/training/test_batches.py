"""From bytes to batches: each image once per epoch, as determined by the seed."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from skiplab.contract.spec import RunSpec
from worker.training import batches as batches_module
from worker.training.batches import EvalBatches, Normalisation, TrainBatches
from worker.training.crops import PAD

CPU = torch.device("cpu")


@pytest.fixture
def images() -> np.ndarray:
    """20 images of 8 x 8, each its own flat colour."""
    return np.broadcast_to(np.arange(20, dtype=np.uint8)[:, None, None, None] + 100, (20, 8, 8, 3)).copy()


def batches(images: np.ndarray, **fields: object) -> TrainBatches:
    labels = np.arange(len(images))
    normalise = Normalisation(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    given = {"model": "cnn", "dataset": "digits", "batch_size": 8, "augment": "none", **fields}
    return TrainBatches(images, labels, normalise=normalise, spec=RunSpec.model_validate(given), device=CPU)


def test_an_epoch_holds_every_image_once_with_its_label(images: np.ndarray) -> None:
    train = batches(images)

    parts = list(train.epoch(1))

    assert [len(part.labels) for part in parts] == [8, 8, 4]
    assert len(train) == 3
    labels = torch.cat([part.labels for part in parts])
    assert sorted(labels.tolist()) == list(range(20))
    shades = torch.cat([part.images for part in parts])[:, 0, 0, 0]
    assert torch.equal(shades, labels.float() + 100)


def test_seed_and_epoch_fix_the_order_and_nothing_else_does(images: np.ndarray) -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat([part.labels for part in batches(images, seed=seed).epoch(epoch)]).tolist()

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)


def test_seeds_far_apart_have_orders_of_their_own(images: np.ndarray) -> None:
    """torch's generator would take 32 bits of a seed, and then start again."""
    orders = {tuple(next(iter(batches(images, seed=seed).epoch(1))).labels.tolist()) for seed in (0, 2**12, 2**30)}

    assert len(orders) == 3


RECIPES: dict[str, dict[str, object]] = {
    "none": {"augment": "none"},
    "crop_flip": {"augment": "crop_flip"},
    "trivial": {"augment": "trivial"},
    "cutout": {"cutout": 4},
    "mixup": {"mixup": 0.2},
    "all": {"augment": "trivial", "cutout": 3, "mixup": 0.4, "cutmix": 1.0},
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_epoch_may_be_entered_in_its_middle(images: np.ndarray, recipe: str) -> None:
    whole = list(batches(images, batch_size=4, **RECIPES[recipe]).epoch(3))
    rest = list(batches(images, batch_size=4, **RECIPES[recipe]).epoch(3, start=2))

    assert len(rest) == len(whole) - 2
    for one, other in zip(whole[2:], rest, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert one.share == other.share
        assert (one.others is None) == (other.others is None)
        if one.others is not None and other.others is not None:
            assert torch.equal(one.others, other.others)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_batch_stays_as_it_was_handed_out(images: np.ndarray, recipe: str) -> None:
    """Whatever buffer the next one is made in."""
    train = batches(images, **RECIPES[recipe])

    kept = list(train.epoch(1))
    seen = [batch.images.clone() for batch in train.epoch(1)]

    assert all(torch.equal(batch.images, now) for batch, now in zip(kept, seen, strict=True))


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_images_themselves_are_never_touched(images: np.ndarray, recipe: str) -> None:
    before = images.copy()

    list(batches(images, **RECIPES[recipe]).epoch(1))

    assert np.array_equal(images, before)


@pytest.mark.parametrize("recipe", RECIPES)
def test_batches_have_their_channels_last_in_memory(images: np.ndarray, recipe: str) -> None:
    for batch in batches(images, **RECIPES[recipe]).epoch(1):
        assert batch.images.shape[1:] == (3, 8, 8)
        assert batch.images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("recipe", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
def test_a_mixed_image_holds_as_much_of_each_class_as_its_batch_says(
    images: np.ndarray, recipe: dict[str, object]
) -> None:
    """Flat colours tell their classes: an image's mean is the mix of the two."""
    for batch in batches(images, **recipe).epoch(1):
        assert batch.others is not None
        assert 0 <= batch.share <= 1
        means = batch.images.mean((1, 2, 3)) - 100
        expected = batch.share * batch.labels + (1 - batch.share) * batch.others
        assert torch.allclose(means, expected, atol=1e-3)


def test_images_that_are_not_mixed_have_no_others(images: np.ndarray) -> None:
    for batch in batches(images, augment="trivial", cutout=4).epoch(1):
        assert batch.others is None
        assert batch.share == 1


def test_a_last_batch_of_one_is_left_out(images: np.ndarray) -> None:
    train = batches(images[:17])

    assert len(train) == len(list(train.epoch(1))) == 2


def test_crops_and_flips_are_windows_of_the_padded_image() -> None:
    random = np.random.default_rng(0)
    images = random.integers(1, 256, (30, 8, 8, 3), dtype=np.uint8)
    train = batches(images, augment="crop_flip", batch_size=30)
    padded = np.pad(images, ((0, 0), (PAD, PAD), (PAD, PAD), (0, 0)))

    (batch,) = train.epoch(1)

    seen = set()
    for image, label in zip(
        batch.images.permute(0, 2, 3, 1).numpy().astype(np.uint8), batch.labels.tolist(), strict=True
    ):
        matches = [
            (row, column, flipped)
            for row in range(2 * PAD + 1)
            for column in range(2 * PAD + 1)
            for flipped in (False, True)
            if np.array_equal(image[:, ::-1] if flipped else image, padded[label, row : row + 8, column : column + 8])
        ]
        assert len(matches) == 1
        seen.update(matches)
    assert {flipped for _, _, flipped in seen} == {False, True}
    assert len({(row, column) for row, column, _ in seen}) > 15


def test_normalised_images_have_no_mean_and_unit_deviation() -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (50, 8, 8, 3), dtype=np.uint8)
    normalise = Normalisation.of(images, CPU)
    labels = np.zeros(50, dtype=np.int64)

    shown = torch.cat([part for part, _ in EvalBatches(images, labels, normalise=normalise, batch_size=20, device=CPU)])

    assert shown.shape == (50, 3, 8, 8)
    assert normalise.mean.flatten().numpy() == pytest.approx(images.mean(axis=(0, 1, 2)))
    assert normalise.std.flatten().numpy() == pytest.approx(images.std(axis=(0, 1, 2)))
    assert shown.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-3)
    assert shown.std(dim=(0, 2, 3)).tolist() == pytest.approx([1, 1, 1], abs=1e-2)


def test_a_set_of_one_flat_colour_is_no_division_by_nothing() -> None:
    images = np.full((4, 8, 8, 3), 7, dtype=np.uint8)

    assert torch.isfinite(Normalisation.of(images, CPU)(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))).all()


def test_a_data_set_in_a_file_is_not_copied_into_memory(images: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="c")
    train = batches(mapped, augment="crop_flip", batch_size=20)
    before = next(train.epoch(1)).images.amax()

    mapped += 100  # seen by this process alone: who shares the map sees it, who copied it does not

    assert next(train.epoch(1)).images.amax() == before + 100
    assert np.array_equal(np.load(tmp_path / "images.npy"), images)


def test_images_that_would_fill_the_device_stay_on_the_host_and_the_batches_are_the_same(
    images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(batches(images, augment="crop_flip").epoch(1))
    monkeypatch.setattr(batches_module, "_fits", lambda _bytes, _device: False)

    for one, other in zip(whole, batches(images, augment="crop_flip").epoch(1), strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)


def test_measuring_mean_and_deviation_takes_a_small_part_of_the_images_memory() -> None:
    """NumPy counts in whole numbers of eight bytes, of all that it is given at once."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (300, 224, 224, 3), dtype=np.uint8)
    tracemalloc.start()
    try:
        found = Normalisation.of(images, torch.device("cpu"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * images.nbytes
    assert found.mean.flatten().tolist() == pytest.approx(images.mean((0, 1, 2)).tolist(), rel=1e-5)
    assert found.std.flatten().tolist() == pytest.approx(images.std((0, 1, 2)).tolist(), rel=1e-5)
