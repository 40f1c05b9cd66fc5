"""The download of CIFAR-10 through torchvision, from a server of the test's own."""

import hashlib
import io
import pickle
import socket
import sys
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.lab import free_port
from worker.datasets import cache, cifar10
from worker.datasets.cifar10 import DownloadFailed, download

CLASSES = ["cat", "dog"]


class CountingHandler(SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # shared by all requests on purpose

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Any]:
    """A class like torchvision's CIFAR10 for a tiny archive in the real format, and a server that has it."""
    from torchvision.datasets import CIFAR10

    served = tmp_path / "served"
    served.mkdir()
    files = {
        "data_batch_1": _batch(6, seed=1),
        "test_batch": _batch(4, seed=2),
        "batches.meta": pickle.dumps({"label_names": CLASSES}),
    }
    with tarfile.open(served / "cifar-10-python.tar.gz", "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    CountingHandler.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(CountingHandler, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    class Tiny(CIFAR10):  # type: ignore[misc]
        url = f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz"
        tgz_md5 = _md5((served / "cifar-10-python.tar.gz").read_bytes())
        train_list = [["data_batch_1", _md5(files["data_batch_1"])]]  # noqa: RUF012
        test_list = [["test_batch", _md5(files["test_batch"])]]  # noqa: RUF012
        meta = {"filename": "batches.meta", "key": "label_names", "md5": _md5(files["batches.meta"])}  # noqa: RUF012

    yield Tiny
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_is_checked_cached_and_cleaned_up(
    tmp_path: Path, source: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    download(tmp_path, told.append, source)

    data = cache.load(tmp_path, "cifar10")
    assert data.classes == ("cat", "dog")
    assert data.train_images.shape == (6, 32, 32, 3)
    assert len(data.test_labels) == 4
    assert told[-1] == "unpacking cifar10"
    assert {path.name for path in (tmp_path / "datasets").iterdir() if path.is_dir()} == {"cifar10"}
    assert capfd.readouterr() == ("", "")  # torchvision's own bar would fill the trainer's log


def test_progress_is_told_while_the_file_grows(tmp_path: Path) -> None:
    file, told = tmp_path / "growing", []
    arrived = threading.Event()

    def tell(activity: str) -> None:
        told.append(activity)
        arrived.set()

    file.write_bytes(b"x" * 41)
    with cifar10._growth_told(file, 100, tell):
        assert arrived.wait(10)

    assert told == ["downloading cifar10 41 %"]


def test_runs_that_want_it_at_once_download_it_once(tmp_path: Path, source: Any) -> None:
    threads = [threading.Thread(target=download, args=(tmp_path, lambda _: None, source)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert cache.holds(tmp_path, "cifar10")
    # torchvision asks once to learn of redirects, and once for the file.
    assert len(CountingHandler.asked) == 2


def test_a_run_that_waits_for_anothers_download_says_so_and_can_be_stopped(tmp_path: Path, source: Any) -> None:
    from filelock import FileLock

    class StopNow(Exception):
        pass

    def tell(activity: str) -> None:
        assert activity == "waiting for another run's download of cifar10"
        raise StopNow

    (tmp_path / "datasets").mkdir()
    with FileLock(tmp_path / "datasets" / ".cifar10.download.lock"), pytest.raises(StopNow):
        download(tmp_path, tell, source)


def test_a_wrong_checksum_fails_with_what_to_do_and_keeps_nothing(tmp_path: Path, source: Any) -> None:
    source.tgz_md5 = "0" * 32

    with pytest.raises(DownloadFailed, match=r"corrupted.*skiplab data import cifar10 PATH"):
        download(tmp_path, lambda _: None, source)

    assert not cache.holds(tmp_path, "cifar10")


def test_no_network_fails_with_what_to_do(tmp_path: Path, source: Any) -> None:
    source.url = f"http://127.0.0.1:{free_port()}/cifar-10-python.tar.gz"

    with pytest.raises(DownloadFailed, match=r"refused.*skiplab data import"):
        download(tmp_path, lambda _: None, source)


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and never answers
        source.url = f"http://127.0.0.1:{silent.getsockname()[1]}/cifar-10-python.tar.gz"

        with pytest.raises(DownloadFailed, match=r"timed out.*skiplab data import"):
            download(tmp_path, lambda _: None, source)

    assert socket.getdefaulttimeout() is None


def test_a_worker_without_torchvision_says_that_an_import_does_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)

    with pytest.raises(DownloadFailed, match=r"torchvision is not installed.*skiplab data import cifar10 PATH"):
        download(tmp_path, lambda _: None)


def _batch(count: int, *, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (count, 3 * 32 * 32), dtype=np.uint8)
    return pickle.dumps({"data": images, "labels": [place % 2 for place in range(count)]})


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
