"""Data sets: fixed splits, stratified subsets, and a cache that is never partly written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.datasets import cache, cards, load, maker
from worker.datasets.digits import digits
from worker.datasets.sources import GENERATED, KNOWN, UnknownDataset


def test_the_digits_are_split_the_same_way_every_time_and_share_nothing() -> None:
    first, again = digits(), digits()

    assert first.train_images.shape == (1437, 32, 32, 3)
    assert first.test_images.shape == (360, 32, 32, 3)
    assert np.array_equal(first.test_images, again.test_images)
    train = {image.tobytes() for image in first.train_images}
    assert not any(image.tobytes() in train for image in first.test_images)
    assert int(first.train_images.max()) == 255
    assert np.bincount(first.test_labels).min() >= 34


def test_a_saved_data_set_is_on_offer_and_comes_back_as_it_was(tmp_path: Path) -> None:
    data = digits()
    maker.save(tmp_path, data, label="Digits", source="a test")

    again = load("digits", tmp_path, print)

    assert np.array_equal(again.train_images, data.train_images)
    assert again.classes == data.classes
    assert isinstance(again.train_images, np.memmap)
    assert [card.source for card in cards(tmp_path) if card.key == "digits"] == ["a test"]


def test_a_save_that_fails_leaves_neither_a_data_set_nor_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space"):
        maker.save(tmp_path, digits(), label="Digits", source="a test")

    assert not cache.holds(tmp_path, "digits")
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == [".door.lock"]


def test_a_data_set_that_is_saved_again_is_another_version_beside_the_first(tmp_path: Path) -> None:
    data = digits()
    maker.save(tmp_path, data, label="Digits", source="the first")
    in_use = cache.load(tmp_path, "digits")

    maker.save(tmp_path, replace(data, train_images=255 - data.train_images), label="Digits", source="the second")

    assert np.array_equal(cache.load(tmp_path, "digits").train_images, 255 - data.train_images)
    assert np.array_equal(in_use.train_images, data.train_images)  # a run that reads it goes on with what it has
    assert {path.name for path in (tmp_path / "datasets").iterdir()} == {"digits", "digits@2", ".door.lock"}


def test_an_unknown_data_set_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(UnknownDataset) as refused:
        load("imagenet", tmp_path, print)

    assert str(refused.value) == f"There is no data set 'imagenet'. Available: {', '.join(KNOWN)}."


def test_the_cards_of_what_is_not_here_yet_say_what_the_first_run_has_to_do(tmp_path: Path) -> None:
    needs = {card.key: (card.available, card.needs) for card in cards(tmp_path)}

    assert needs["digits"] == (True, None)
    assert needs["shapes"] == (True, "a few seconds to draw them")
    assert needs["cifar10"] == (False, "a download of 163 MiB")


@pytest.mark.parametrize("key", GENERATED)
def test_generated_data_match_their_card_and_are_generated_once(key: str, tmp_path: Path) -> None:
    activities: list[str] = []
    before = {card.key: card for card in cards(tmp_path)}[key]

    load(key, tmp_path, activities.append)
    load(key, tmp_path, activities.append)

    after = {card.key: card for card in cards(tmp_path)}[key]
    message = {"classes", "train_images", "test_images", "image_shape", "label", "source", "available"}
    assert after.model_dump(include=message) == before.model_dump(include=message)
    assert after.needs is None
    assert len(activities) == 1
