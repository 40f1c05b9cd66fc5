"""Download a published data set with torchvision, which verifies checksums, into the cache."""

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
"""Downloaded files, whose size gives the progress; what torchvision unpacks has other names."""

BLOCK = 1000  # images at a time

PROGRESS_SECONDS = 0.5

TIMEOUT_SECONDS = 30.0
"""Socket timeout. torchvision itself has none."""

FAILURES = (
    OSError,  # includes those of urllib
    RuntimeError,  # raised by torchvision for a wrong checksum
    EOFError,
    http.client.HTTPException,
    pickle.UnpicklingError,
    tarfile.TarError,
)


class DownloadFailed(CannotTrain):
    """Raised when a data set cannot be downloaded; suggests an import."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(
            f"{key} could not be downloaded: {why}. Retry with a network connection, or import the images:"
            f" skiplab data import {key} PATH."
        )


def download(published: Published, home: Path, tell: Tell, source: Any = None) -> None:
    """Download a data set into the cache. `source`: the torchvision class to use; default: the published one's.

    `tell` is called with the progress; what it raises ends the download, and the next one reuses finished files.
    Raises DownloadFailed.
    """
    root = cache.folder(home, f".{published.key}.download")
    root.mkdir(parents=True, exist_ok=True)
    with making(home, published.key) as maker:
        classes = _write(published, root, maker, tell, source or _torchvision(published))
        maker.describe(classes, label=published.label, source=published.source, provenance="verified")
    # Only after the data set is complete: a download that was interrupted continues from these files.
    shutil.rmtree(root)


def _write(published: Published, root: Path, maker: Maker, tell: Tell, source: Any) -> tuple[str, ...]:
    """Write the splits one after the other, so that only one is in memory."""
    classes: tuple[str, ...] = ()
    for split in NEEDED_SPLITS:
        found = _fetched(published, root, split, tell, source)
        tell(f"unpacking {published.key}")
        _, height, width, _ = framed(coloured(found.images[:1])).shape
        maker.write(split, _blocks(found), found.labels.astype(np.int64), size=(height, width))
        classes = found.classes
    return classes


def _fetched(published: Published, root: Path, split: str, tell: Tell, source: Any) -> Split:
    bar = _ProgressStream(published, root, tell)
    try:
        with _socket_timeout(), redirect_stderr(bar):
            return published.read(source, root, split)
    except FAILURES as error:
        raise DownloadFailed(published.key, str(error) or type(error).__name__) from error


def _blocks(found: Split) -> Iterator[Images]:
    for start in range(0, len(found.images), BLOCK):
        yield framed(coloured(np.asarray(found.images[start : start + BLOCK])))


def _torchvision(published: Published) -> Any:
    """Import the torchvision class; torchvision is only needed for downloads. Raises DownloadFailed."""
    try:
        from torchvision import datasets
    except ImportError as error:
        raise DownloadFailed(published.key, "torchvision is not installed on this worker") from error
    return getattr(datasets, published.torchvision)


class _ProgressStream(io.TextIOBase):
    """Replaces stderr, to which torchvision writes its progress bar with every received chunk.

    So `tell` is called in the downloading thread, and what it raises ends the download at once.
    """

    def __init__(self, published: Published, root: Path, tell: Tell) -> None:
        self._published, self._root, self._tell = published, root, tell
        self._next = 0.0

    def write(self, text: str) -> int:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_SECONDS
            self._tell(f"downloading {self._published.key} {self._percent()} %")
        return len(text)

    def _percent(self) -> int:
        here = sum(file.stat().st_size for pattern in ARCHIVES for file in self._root.rglob(pattern))
        return min(99, 100 * here // self._published.bytes)


@contextmanager
def _socket_timeout() -> Iterator[None]:
    # torchvision opens connections without a timeout, so only the default of all sockets can set one.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
