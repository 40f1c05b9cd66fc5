"""Downloads a published data set through torchvision, with its checksums, into the cache."""

import http.client
import io
import pickle
import shutil
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np

from worker.datasets import cache
from worker.datasets.images import NEEDED_SPLITS, Images, coloured, framed
from worker.datasets.known import Tell
from worker.datasets.maker import Maker, making
from worker.datasets.published import Published, Split
from worker.errors import CannotTrain

ARCHIVES = ("*.gz", "*.mat")
"""What is downloaded, for the progress; what torchvision unpacks beside it has other names."""

BLOCK = 1000  # images at a time

TELL_SECONDS = 0.5

SILENCE_SECONDS = 30.0
"""A server that sends nothing for this long is as good as none. torchvision itself would wait for ever."""

FAILURES = (
    OSError,  # urllib's errors too
    RuntimeError,  # torchvision's word for a wrong checksum
    EOFError,
    http.client.HTTPException,
    pickle.UnpicklingError,
    tarfile.TarError,
)


class DownloadFailed(CannotTrain):
    def __init__(self, key: str, why: str) -> None:
        super().__init__(
            f"{key} could not be downloaded: {why}. Try again when there is a network, or import the images:"
            f" skiplab data import {key} PATH."
        )


def download(published: Published, home: Path, tell: Tell, source: Any = None) -> None:
    """Put the data set into the cache. `source`: a class made as torchvision's of that name, which is the default.

    Raises DownloadFailed. What `tell` raises ends the download; what is there by then is used by the next.
    """
    root = cache.folder(home, f".{published.key}.download")
    root.mkdir(parents=True, exist_ok=True)
    with making(home, published.key) as maker:
        classes = _write(published, root, maker, tell, source or _torchvision(published))
        maker.describe(classes, label=published.label, source=published.source, provenance="verified")
    shutil.rmtree(root)


def _write(published: Published, root: Path, maker: Maker, tell: Tell, source: Any) -> tuple[str, ...]:
    """Both splits, one after the other: only one of them is in memory."""
    classes: tuple[str, ...] = ()
    for split in NEEDED_SPLITS:
        found = _fetched(published, root, split, tell, source)
        tell(f"unpacking {published.key}")
        _, height, width, _ = framed(coloured(found.images[:1])).shape
        maker.write(split, _blocks(found), found.labels.astype(np.int64), size=(height, width))
        classes = found.classes
    return classes


def _fetched(published: Published, root: Path, split: str, tell: Tell, source: Any) -> Split:
    bar = _Bar(published, root, tell)
    try:
        with _silence_is_an_error(), redirect_stderr(bar):
            return published.read(source, root, split)
    except FAILURES as error:
        raise DownloadFailed(published.key, str(error) or type(error).__name__) from error


def _blocks(found: Split) -> Iterator[Images]:
    for start in range(0, len(found.images), BLOCK):
        yield framed(coloured(np.asarray(found.images[start : start + BLOCK])))


def _torchvision(published: Published) -> Any:
    """torchvision is imported only here: a worker that never downloads does well without it."""
    try:
        from torchvision import datasets
    except ImportError as error:
        raise DownloadFailed(published.key, "torchvision is not installed on this worker") from error
    return getattr(datasets, published.torchvision)


class _Bar(io.TextIOBase):
    """Stands in for the terminal on which torchvision draws its bar, with every piece that arrives.

    So `tell` is called in the thread that downloads, and what it raises ends the download at once.
    """

    def __init__(self, published: Published, root: Path, tell: Tell) -> None:
        self._published, self._root, self._tell = published, root, tell
        self._next = 0.0

    def write(self, text: str) -> int:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + TELL_SECONDS
            self._tell(f"downloading {self._published.key} {self._percent()} %")
        return len(text)

    def _percent(self) -> int:
        here = sum(file.stat().st_size for pattern in ARCHIVES for file in self._root.rglob(pattern))
        return min(99, 100 * here // self._published.bytes)


@contextmanager
def _silence_is_an_error() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
