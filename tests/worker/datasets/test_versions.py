"""Versions of data sets on disk, and the hashes that identify them."""

import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import RunData
from worker.datasets import cache, identity, maker, sources
from worker.datasets.images import ImageData
from worker.datasets.sources import CardUnreadable, VersionNotHere

KEY = "flags"


@pytest.fixture
def data() -> ImageData:
    images = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(2, 2, 6, 3)
    return ImageData(KEY, ("red", "blue"), images, np.array([0, 1]), images[:1], np.array([1]))


def keep(home: Path, data: ImageData) -> None:
    maker.save(home, data, label="Flags", source="a test")


def negative(data: ImageData) -> ImageData:
    return replace(data, train_images=255 - data.train_images)


def numbers(home: Path) -> list[int | None]:
    return [card.version for card in dataset_store.versions(home, KEY)]


def test_a_used_key_makes_another_version_and_the_last_one_is_the_current(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    keep(tmp_path, negative(data))

    first, second = dataset_store.versions(tmp_path, KEY)
    assert (first.version, second.version) == (1, 2)
    assert first.sha256 != second.sha256
    assert np.array_equal(cache.load(tmp_path, KEY).train_images, 255 - data.train_images)
    assert np.array_equal(cache.load(tmp_path, KEY, first).train_images, data.train_images)
    assert [card.version for card in cache.cards(tmp_path)] == [2]


def test_the_hash_is_of_pixels_labels_classes_and_splits(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    card = dataset_store.current(tmp_path, KEY)
    assert card is not None
    assert card.sha256 == identity.of_data(data)

    others = [
        negative(data),
        replace(data, train_labels=np.array([1, 1])),
        replace(data, classes=("red", "green")),
        replace(data, test_images=data.train_images[1:]),
        replace(data, train_images=data.train_images.reshape(2, 6, 2, 3)),
        replace(data, train_images=data.test_images, train_labels=data.test_labels),
    ]
    hashes = {identity.of_data(each) for each in (data, *others)}
    assert len(hashes) == 1 + len(others)
    assert identity.of_data(replace(data, name="other")) == card.sha256, "the same images under another key"


def test_whatever_arrays_a_version_has_belong_to_its_hash_but_not_its_previews(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    folder = places.dataset(tmp_path, KEY)
    before = identity.of_folder(folder, data.classes)

    np.save(places.preview(tmp_path, KEY, "none"), np.zeros(3))
    assert identity.of_folder(folder, data.classes) == before

    np.save(folder / "val_images.npy", data.train_images)
    assert identity.of_folder(folder, data.classes) != before


def test_hashing_that_was_broken_off_goes_on_where_it_stopped(
    tmp_path: Path, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, data)
    folder = places.dataset(tmp_path, KEY)
    monkeypatch.setattr(identity, "PIECE", 36)
    whole = identity.of_folder(folder, data.classes)
    hashed: list[int] = []
    sha256 = hashlib.sha256

    def counted(content: bytes | memoryview = b"") -> object:
        hashed.append(len(content))
        if len(hashed) == 4:
            raise KeyboardInterrupt
        return sha256(content)

    monkeypatch.setattr(hashlib, "sha256", counted)
    with pytest.raises(KeyboardInterrupt):
        identity.of_folder(folder, data.classes)
    assert identity.of_folder(folder, data.classes) == whole
    # Five pieces after a beginning: the first time it came to the third, and two of them are not hashed again.
    assert len(hashed) == (1 + 3) + (1 + 5 - 2)


def test_a_data_set_from_before_there_were_versions_is_the_first_and_gets_its_hash(
    tmp_path: Path, data: ImageData
) -> None:
    keep(tmp_path, data)
    as_of_old(tmp_path)

    (card,) = sources.all_versions(tmp_path)
    assert (card.version, card.sha256, card.provenance) == (1, None, "imported")
    assert sources.identify(tmp_path) == []
    (card,) = sources.all_versions(tmp_path)
    assert (card.version, card.sha256) == (1, identity.of_data(data))


def test_a_damaged_data_set_leaves_no_other_without_its_hash_and_can_be_replaced(
    tmp_path: Path, data: ImageData
) -> None:
    for key in ("a", KEY):
        keep(tmp_path, replace(data, name=key))
        as_of_old(tmp_path, key)
    file = places.dataset(tmp_path, "a") / "train_images.npy"
    file.write_bytes(file.read_bytes()[:-1])

    (damaged,) = sources.identify(tmp_path)

    assert str(damaged).startswith(f"{file} is damaged: ")
    assert [(card.key, card.sha256 is None) for card in sources.all_versions(tmp_path)] == [("a", True), (KEY, False)]
    with pytest.raises(identity.DamagedData):
        sources.load("a", tmp_path, print)
    keep(tmp_path, replace(data, name="a"))
    assert sources.load("a", tmp_path, print).sha256 == identity.of_data(data)


def test_two_processes_can_hash_one_data_set_at_a_time(tmp_path: Path) -> None:
    np.save(tmp_path / "train_images.npy", np.arange(4000, dtype=np.uint8))
    code = (
        "import sys; from pathlib import Path; from worker.datasets import identity; identity.PIECE = 4;"
        f"print(flush=True); input(); print(identity.of_folder(Path({str(tmp_path)!r}), ['a']))"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(2)]  # type: ignore[call-overload]
    for process in both:
        process.stdout.readline()
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()

    hashes = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert hashes[0] == hashes[1] != ""


def as_of_old(home: Path, key: str = KEY) -> None:
    file = places.dataset(home, key) / "card.json"
    card = {name: value for name, value in json.loads(file.read_text()).items() if name in OF_OLD}
    file.write_text(json.dumps(card))


OF_OLD = ("key", "label", "classes", "train_images", "test_images", "image_shape", "available", "source")


def test_a_first_version_without_a_hash_is_known_before_the_second_comes(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    as_of_old(tmp_path)

    keep(tmp_path, data)
    assert numbers(tmp_path) == [1], "the same images once more"
    keep(tmp_path, negative(data))
    assert numbers(tmp_path) == [1, 2]


def test_the_same_images_once_more_make_no_version(tmp_path: Path, data: ImageData) -> None:
    """As when an import was killed between publishing and saying so, and is made again."""
    keep(tmp_path, data)
    keep(tmp_path, negative(data))
    keep(tmp_path, negative(data))
    assert numbers(tmp_path) == [1, 2]
    keep(tmp_path, data)
    assert numbers(tmp_path) == [1, 2, 3], "what is imported last is the current version"


def test_of_two_that_are_made_at_once_each_is_a_version_of_its_own(tmp_path: Path, data: ImageData) -> None:
    ready = threading.Barrier(2)

    def make(images: ImageData) -> None:
        with maker.making(tmp_path, KEY) as made:
            made.write("train", [images.train_images], images.train_labels, size=(2, 6))
            made.write("test", [images.test_images], images.test_labels, size=(2, 6))
            made.describe(images.classes, label="Flags", source="a test")
            ready.wait(30)

    threads = [threading.Thread(target=make, args=(each,)) for each in (data, negative(data))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert numbers(tmp_path) == [1, 2]
    kept = {card.sha256 for card in dataset_store.versions(tmp_path, KEY)}
    assert kept == {identity.of_data(data), identity.of_data(negative(data))}


def test_no_number_is_given_twice(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    keep(tmp_path, negative(data))
    with dataset_store.deleting(tmp_path, KEY, 2):
        pass
    assert numbers(tmp_path) == [1]

    keep(tmp_path, replace(data, train_labels=np.array([1, 1])))

    assert numbers(tmp_path) == [1, 3]
    with dataset_store.deleting(tmp_path, KEY, 1):
        pass
    with dataset_store.deleting(tmp_path, KEY, 3):
        pass
    keep(tmp_path, data)
    assert numbers(tmp_path) == [4]


def test_what_is_being_deleted_is_out_of_the_way_and_comes_back_where_that_fails(
    tmp_path: Path, data: ImageData
) -> None:
    keep(tmp_path, data)

    def fail_half_way() -> None:
        with dataset_store.deleting(tmp_path, KEY, 1):
            assert numbers(tmp_path) == []
            maker.sweep(tmp_path)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert np.array_equal(sources.load(KEY, tmp_path, print).train_images, data.train_images)
    assert not [*places.datasets(tmp_path).glob(f"{dataset_store.DELETED}*")]

    with pytest.raises(FileNotFoundError), dataset_store.deleting(tmp_path, KEY, 2):
        pass
    assert not [*places.datasets(tmp_path).glob(f"{dataset_store.DELETED}*")]


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"key": "flags", "train_images": "many"}'])
def test_a_card_that_cannot_be_read_stops_its_own_version_alone(
    tmp_path: Path, data: ImageData, content: bytes
) -> None:
    keep(tmp_path, data)
    keep(tmp_path, negative(data))
    card = places.dataset(tmp_path, KEY, 2) / dataset_store.CARD
    card.write_bytes(content)

    cards = {each.key: each for each in sources.cards(tmp_path)}

    assert str(card) in (cards[KEY].error or "")
    assert cards["digits"].error is None
    assert dataset_store.unhashed(tmp_path) == []
    with pytest.raises(CardUnreadable, match=r"card\.json cannot be read"):
        sources.load(KEY, tmp_path, print)
    first = dataset_store.versions(tmp_path, KEY)[0]
    wanted = RunData(version=1, sha256=first.sha256, provenance="imported")
    assert np.array_equal(sources.load(KEY, tmp_path, print, wanted).train_images, data.train_images)
    # The same images once more are a version that can be read.
    keep(tmp_path, negative(data))
    assert numbers(tmp_path) == [1, 2, 3]
    assert card.read_bytes() == content


def test_a_version_is_found_by_its_content_and_no_other_stands_in_for_it(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    keep(tmp_path, negative(data))
    first, _ = dataset_store.versions(tmp_path, KEY)

    wanted = RunData(version=1, sha256=first.sha256, provenance="imported")
    assert np.array_equal(sources.load(KEY, tmp_path, print, wanted).train_images, data.train_images)
    elsewhere = wanted.model_copy(update={"version": 7})
    assert np.array_equal(sources.load(KEY, tmp_path, print, elsewhere).train_images, data.train_images)

    with dataset_store.deleting(tmp_path, KEY, 1):
        pass
    with pytest.raises(
        VersionNotHere, match=rf"trains on version 1 \({str(first.sha256)[:8]}\).*there is version 2 \("
    ):
        sources.load(KEY, tmp_path, print, wanted)
