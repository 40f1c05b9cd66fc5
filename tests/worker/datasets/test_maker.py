"""Creating a data set is atomic, whenever its process dies."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worker.datasets import cache, maker
from worker.datasets.images import ImageData
from worker.datasets.maker import making, sweep

KEY = "flags"


@pytest.fixture
def data() -> ImageData:
    images = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(2, 2, 6, 3)
    return ImageData(KEY, ("red", "blue"), images, np.array([0, 1]), images[:1], np.array([1]))


def keep(home: Path, data: ImageData) -> None:
    maker.save(home, data, label="Flags", source="a test")


def names(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "datasets").iterdir() if path.name != ".door.lock")


def test_what_is_written_in_blocks_comes_back_as_memory_maps_with_a_card(tmp_path: Path, data: ImageData) -> None:
    with making(tmp_path, KEY) as flags:
        flags.write("train", iter([data.train_images[:1], data.train_images[1:]]), data.train_labels, size=(2, 6))
        flags.write("test", [data.test_images], data.test_labels, size=(2, 6))
        flags.describe(data.classes, label="Flags", source="a test")

    again, card = cache.load(tmp_path, KEY), cache.cards(tmp_path)[0]
    assert np.array_equal(again.train_images, data.train_images)
    assert isinstance(again.train_images, np.memmap)
    assert again.train_labels.tolist() == [0, 1]
    assert (card.train_images, card.test_images, card.image_shape) == (2, 1, (3, 2, 6))
    assert (card.train_counts, card.test_counts) == ([1, 1], [0, 1])


def test_images_that_are_fewer_than_their_labels_are_no_data_set(tmp_path: Path, data: ImageData) -> None:
    with pytest.raises(AssertionError, match="36 bytes of images"), making(tmp_path, KEY) as flags:
        flags.write("train", [data.train_images[:1]], data.train_labels, size=(2, 6))

    assert names(tmp_path) == []


MAKER = """
import sys, time
from pathlib import Path
from worker.datasets.maker import making
with making(Path(sys.argv[1]), "flags"):
    print("making", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def another(tmp_path: Path) -> Callable[[], subprocess.Popen[str]]:
    """Starts a process that is making a data set until it is killed."""

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "making\n"
        return process

    return start


def test_what_a_killed_maker_left_is_swept_but_not_what_a_living_one_writes(
    tmp_path: Path, another: Callable[[], subprocess.Popen[str]]
) -> None:
    with another() as process:
        (living,) = names(tmp_path)
        sweep(tmp_path)
        assert names(tmp_path) == [living]

        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert names(tmp_path) == [living]
        sweep(tmp_path)
        assert names(tmp_path) == []


def test_a_sweep_leaves_whole_data_sets_alone_and_needs_none(tmp_path: Path, data: ImageData) -> None:
    sweep(tmp_path)
    keep(tmp_path, data)

    sweep(tmp_path)

    assert names(tmp_path) == [KEY]


def test_a_version_whose_maker_was_killed_before_it_took_its_place_leaves_the_older_one(
    tmp_path: Path, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, data)

    class Killed(BaseException):
        pass

    def never(_path: Path, _to: Path) -> None:
        raise Killed

    with monkeypatch.context() as at_that_moment:
        at_that_moment.setattr(Path, "rename", never)
        at_that_moment.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            keep(tmp_path, replace(data, train_images=255 - data.train_images))
    assert np.array_equal(cache.load(tmp_path, KEY).train_images, data.train_images)

    sweep(tmp_path)

    assert names(tmp_path) == [KEY]


def test_what_an_older_lab_had_moved_away_for_a_replacement_comes_back(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    (tmp_path / "datasets" / KEY).rename(tmp_path / "datasets" / ".making-abc.old")

    sweep(tmp_path)

    assert names(tmp_path) == [KEY]


def test_a_reader_sees_the_old_data_set_or_the_new_one_and_never_half_of_each(tmp_path: Path, data: ImageData) -> None:
    keep(tmp_path, data)
    done = threading.Event()

    def replace_over_and_over() -> None:
        for number in range(40):
            shade = np.full_like(data.train_images, number)
            keep(tmp_path, replace(data, train_images=shade, train_labels=np.full(2, number % 2)))
        done.set()

    writer = threading.Thread(target=replace_over_and_over)
    keep(tmp_path, replace(data, train_images=data.train_images * 0, train_labels=np.zeros(2, dtype=np.int64)))
    writer.start()
    while not done.is_set():
        assert cache.holds(tmp_path, KEY)
        seen = cache.load(tmp_path, KEY)
        assert int(seen.train_images[0, 0, 0, 0]) % 2 == seen.train_labels[0]
    writer.join()
