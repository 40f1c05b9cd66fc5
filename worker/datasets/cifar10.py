"""CIFAR-10 through torchvision's own downloader, with its checksum; one download however many runs want it."""

import io
import shutil
import socket
import threading
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from worker.datasets import cache
from worker.datasets.images import ImageData
from worker.errors import CannotTrain

KEY = "cifar10"
LABEL = "CIFAR-10"
SOURCE = "Krizhevsky 2009, downloaded by torchvision (170 MB)"

SIZE = 170_498_071  # bytes, for the progress

LOOK_SECONDS = 0.5

SILENCE_SECONDS = 30.0
"""A server that sends nothing for this long is as good as none. torchvision itself would wait for ever."""


class DownloadFailed(CannotTrain):
    def __init__(self, why: str) -> None:
        super().__init__(
            f"{KEY} could not be downloaded: {why}. Try again when there is a network, or import the images:"
            f" skiplab data import {KEY} PATH."
        )


def download(home: Path, tell: Callable[[str], None], source: Any = None, size: int = SIZE) -> None:
    """Put the data set into the cache. `source`: a class made as torchvision's CIFAR10 is, which is the default.

    Raises DownloadFailed; what `tell` raises ends the wait.
    """
    root = cache.folder(home, f".{KEY}.download")
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{root}.lock")
    while True:
        try:
            with lock.acquire(timeout=LOOK_SECONDS):
                if not cache.holds(home, KEY):
                    _download(home, root, tell, source or _torchvision_source(), size)
                return
        except Timeout:
            tell(f"waiting for another run's download of {KEY}")


def _download(home: Path, root: Path, tell: Callable[[str], None], source: Any, size: int) -> None:
    with _growth_told(root / source.filename, size, tell), _silence_is_an_error(), redirect_stderr(io.StringIO()):
        try:
            train, test = source(root, train=True, download=True), source(root, train=False)
        except (urllib.error.URLError, OSError, RuntimeError) as error:
            raise DownloadFailed(str(error)) from error
    tell(f"unpacking {KEY}")
    data = ImageData(
        name=KEY,
        classes=tuple(train.classes),
        train_images=train.data,
        train_labels=np.asarray(train.targets, dtype=np.int64),
        test_images=test.data,
        test_labels=np.asarray(test.targets, dtype=np.int64),
    )
    cache.save(home, data, label=LABEL, source=SOURCE)
    shutil.rmtree(root)


def _torchvision_source() -> Any:
    """torchvision is imported only here: a worker that never downloads does well without it."""
    try:
        from torchvision.datasets import CIFAR10
    except ImportError as error:
        raise DownloadFailed("torchvision is not installed on this worker") from error
    return CIFAR10


@contextmanager
def _silence_is_an_error() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _growth_told(file: Path, size: int, tell: Callable[[str], None]) -> Iterator[None]:
    """Tell how much of `file` is there, from a thread beside the download; torchvision itself tells only a terminal."""
    done = threading.Event()
    wish_to_stop: list[BaseException] = []

    def watch() -> None:
        told = -1
        while not done.wait(LOOK_SECONDS):
            percent = min(99, 100 * file.stat().st_size // size) if file.exists() else 0
            if percent != told:
                try:
                    tell(f"downloading {KEY} {percent} %")
                except Exception as wish:  # noqa: BLE001  # raised again in the thread that asked
                    wish_to_stop.append(wish)
                    return
                told = percent

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    if wish_to_stop:
        raise wish_to_stop[0]
