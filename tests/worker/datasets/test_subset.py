"""Stratified subsets: each class in proportion, and the same images every time."""

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pytest

from worker.datasets import subset
from worker.datasets.subset import CannotSplit, images_at, stratified, stratified_split


@pytest.mark.parametrize("count", [10, 37, 100, 999])
def test_a_subset_gives_each_class_its_share_to_within_one_image(count: int) -> None:
    labels = np.repeat(np.arange(10), 500)  # sorted by class, as folders are

    chosen = stratified(labels, count)

    assert len(chosen) == count == len(set(chosen.tolist()))
    per_class = np.bincount(labels[chosen], minlength=10)
    assert per_class.max() - per_class.min() <= 1
    assert np.array_equal(chosen, stratified(labels, count))


@pytest.mark.parametrize("count", [None, 5000, 9999])
def test_a_subset_of_all_is_all(count: int | None) -> None:
    assert np.array_equal(stratified(np.zeros(5000, dtype=np.int64), count), np.arange(5000))


def test_another_seed_takes_other_images() -> None:
    labels = np.repeat(np.arange(10), 50)

    assert not np.array_equal(stratified(labels, 100, seed=1), stratified(labels, 100, seed=2))


@pytest.mark.parametrize("fraction", [0.01, 0.1, 1 / 3, 0.5, 0.99])
def test_a_split_holds_every_image_once_and_each_class_keeps_its_share_on_both_sides(fraction: float) -> None:
    labels = np.repeat([0, 1, 2, 3], [400, 30, 200, 70])

    train, held_out = stratified_split(labels, fraction)

    assert np.array_equal(np.sort(np.concatenate([train, held_out])), np.arange(700))
    assert len(held_out) == round(700 * fraction)
    shares = np.bincount(labels[held_out], minlength=4)
    assert np.abs(shares - fraction * np.array([400, 30, 200, 70])).max() <= 1
    assert np.array_equal(train, np.sort(train))
    assert np.array_equal(held_out, np.sort(held_out))


def test_a_split_is_the_same_every_time_and_another_with_another_seed() -> None:
    labels = np.arange(1000) % 10

    (_, first), (_, again), (_, other) = (stratified_split(labels, 0.1, seed=seed) for seed in (3, 3, 4))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_a_fraction_everything_is_trained_on() -> None:
    train, held_out = stratified_split(np.arange(20) % 2, 0)

    assert train.tolist() == list(range(20))
    assert len(held_out) == 0


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_a_fraction_that_leaves_one_side_empty_is_refused_with_both_numbers(fraction: float) -> None:
    with pytest.raises(CannotSplit, match=rf"val_fraction {fraction} of 20 training images"):
        stratified_split(np.arange(20) % 2, fraction)


def test_all_images_are_taken_without_a_copy_and_a_part_of_them_with_one() -> None:
    images = np.arange(4 * 2 * 2 * 3, dtype=np.uint8).reshape(4, 2, 2, 3)

    assert images_at(images, np.arange(4)) is images
    assert np.array_equal(images_at(images, np.array([1, 3])), images[[1, 3]])


def test_a_large_part_of_a_memory_map_is_one_too_and_leaves_no_file(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3000, 4, 4, 3), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    places = np.arange(0, 3000, 2)

    part = images_at(mapped, places, in_memory=1000)

    assert isinstance(part, np.memmap)
    assert np.array_equal(part, images[places])
    assert np.array_equal(images_at(part, places[:700], in_memory=1000), images[places[places[:700]]])
    assert not isinstance(images_at(mapped, places), np.memmap), "a small one is copied"
    assert [file.name for file in tmp_path.iterdir()] == ["images.npy"]


def test_a_large_part_of_a_map_in_a_folder_that_nobody_can_write_to_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "images.npy", np.ones((3000, 4, 4, 3), dtype=np.uint8))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    folders = []

    def temporary(*, dir: Path | None) -> IO[bytes]:
        folders.append(dir)
        return TemporaryFile(dir=dir)

    monkeypatch.setattr(subset, "TemporaryFile", temporary)
    for writable in (True, False):
        monkeypatch.setattr(os, "access", lambda *_, writable=writable: writable)
        assert isinstance(images_at(mapped, np.arange(2000), in_memory=1000), np.memmap)

    assert folders == [tmp_path, None]
