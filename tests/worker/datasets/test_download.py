"""The downloads through torchvision, from a server of the test's own."""

import socket
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.lab import free_port
from tests.worker.datasets import archives
from worker.datasets import cache, download
from worker.datasets.download import DownloadFailed
from worker.datasets.maker import make_once
from worker.datasets.published import PUBLISHED, Published

BY_KEY = {each.key: each for each in PUBLISHED}
CIFAR10 = BY_KEY["cifar10"]


class Server(ThreadingHTTPServer):
    """Serves a folder, and remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture
def server(served: Path) -> Iterator[Server]:
    server = Server(served)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def source(served: Path, server: Server) -> Any:
    """A class like torchvision's CIFAR10, for a tiny archive that the server has."""
    return archives.cifar(served, server.address, fine=False)


def bring(home: Path, source: Any, *, published: Published = CIFAR10) -> list[str]:
    """Download a data set; return the activities that were reported."""
    activities: list[str] = []
    download.download(published, home, activities.append, source)
    return activities


def test_a_download_is_checked_cached_and_cleaned_up(
    tmp_path: Path, source: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    activities = bring(tmp_path, source)

    data = cache.load(tmp_path, "cifar10")
    assert data.classes == ("cat", "dog")
    assert np.array_equal(data.train_images, archives.pixels(6, 32, 32, 3))
    assert data.test_labels.tolist() == [0, 1, 0, 1]
    assert activities[-1] == "unpacking cifar10"
    assert {path.name for path in (tmp_path / "datasets").iterdir()} == {"cifar10", ".door.lock"}
    assert capfd.readouterr() == ("", "")  # torchvision's own bar would fill the trainer's log


def test_every_published_data_set_becomes_coloured_images_of_32_by_32(
    tmp_path: Path, served: Path, server: Server
) -> None:
    tiny = {
        "cifar10": archives.cifar(served, server.address, fine=False),
        "cifar100": archives.cifar(served, server.address, fine=True),
        "svhn": archives.svhn(served, server.address),
    }
    for key, source in tiny.items():
        bring(tmp_path, source, published=BY_KEY[key])
        data = cache.load(tmp_path, key)
        assert np.array_equal(data.train_images, archives.pixels(6, 32, 32, 3)), key
        assert np.array_equal(data.test_images, archives.pixels(4, 32, 32, 3)), key
        assert data.train_labels.tolist() == [0, 1, 0, 1, 0, 1], key
    assert cache.load(tmp_path, "svhn").classes == tuple("0123456789")


@pytest.mark.parametrize(("key", "first"), [("mnist", "0"), ("fashion_mnist", "T-shirt/top")])
def test_grey_images_of_28_by_28_get_three_channels_and_a_black_border(
    key: str, first: str, tmp_path: Path, served: Path, server: Server
) -> None:
    bring(tmp_path, archives.mnist(served, server.address, fashion=key != "mnist"), published=BY_KEY[key])

    data = cache.load(tmp_path, key)
    assert data.classes[0] == first
    assert len(data.classes) == 10
    assert data.train_images.shape == (6, 32, 32, 3)
    grey = archives.pixels(6, 28, 28)
    assert all(np.array_equal(data.train_images[:, 2:-2, 2:-2, channel], grey) for channel in range(3))
    assert int(data.train_images.sum()) == 3 * int(grey.sum())
    assert cache.cards(tmp_path)[0].test_counts == [2, 2] + [0] * 8


def test_the_list_names_what_torchvision_has() -> None:
    from torchvision import datasets

    assert all(hasattr(datasets, each.torchvision) for each in PUBLISHED)
    assert list(BY_KEY) == ["cifar10", "cifar100", "svhn", "mnist", "fashion_mnist"]


class StopNow(Exception):
    pass


def test_progress_is_reported_while_the_file_grows_and_an_error_of_tell_ends_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server sends a part of the archive and waits: the download must not wait with it when it is to stop."""
    monkeypatch.setattr(download, "PROGRESS_SECONDS", 0.0)
    size = CIFAR10.bytes
    pieces = [f"downloading cifar10 {percent} %" for percent in (0, 1)]

    class Endless(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(b"x" * (size // 100))
            except OSError:
                ended.set()

        def log_message(self, *_: object) -> None:
            pass

    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    activities: list[str] = []

    def tell(activity: str) -> None:
        activities.append(activity)
        if activity == pieces[-1]:
            raise StopNow

    from torchvision.datasets import CIFAR10 as REAL

    class Slow(REAL):  # type: ignore[misc]
        url = f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz"

    with pytest.raises(StopNow):
        download.download(CIFAR10, tmp_path, tell, Slow)
    server.shutdown()
    thread.join()
    server.server_close()

    assert list(dict.fromkeys(activities)) == pieces
    assert ended.wait(10), "the whole file was downloaded"
    assert not cache.holds(tmp_path, "cifar10")
    assert list((tmp_path / "datasets").glob(".making-*")) == []


def test_runs_that_want_it_at_once_download_it_once(tmp_path: Path, source: Any, server: Server) -> None:
    def make() -> None:
        bring(tmp_path, source)

    def want() -> None:
        make_once(tmp_path, "cifar10", make, lambda _: None)

    threads = [threading.Thread(target=want) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert cache.holds(tmp_path, "cifar10")
    # torchvision asks once to learn of redirects, and once for the file.
    assert len(server.asked) == 2


def test_a_run_that_waits_for_anothers_download_reports_it_and_can_be_stopped(tmp_path: Path) -> None:
    from filelock import FileLock

    def tell(activity: str) -> None:
        assert activity == "waiting for another run to prepare cifar10"
        raise StopNow

    (tmp_path / "datasets").mkdir()
    with FileLock(tmp_path / "datasets" / ".cifar10.lock"), pytest.raises(StopNow):
        make_once(tmp_path, "cifar10", pytest.fail, tell)


def test_a_wrong_checksum_fails_with_what_to_do_and_keeps_nothing(tmp_path: Path, source: Any) -> None:
    source.tgz_md5 = "0" * 32

    with pytest.raises(DownloadFailed, match=r"corrupted.*skiplab data import cifar10 PATH"):
        bring(tmp_path, source)

    assert not cache.holds(tmp_path, "cifar10")
    assert list((tmp_path / "datasets").glob(".making-*")) == []


def test_no_network_fails_with_what_to_do(tmp_path: Path, source: Any) -> None:
    source.url = f"http://127.0.0.1:{free_port()}/cifar-10-python.tar.gz"

    with pytest.raises(DownloadFailed, match=r"refused.*skiplab data import"):
        bring(tmp_path, source)


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and never answers
        source.url = f"http://127.0.0.1:{silent.getsockname()[1]}/cifar-10-python.tar.gz"

        with pytest.raises(DownloadFailed, match=r"timed out.*skiplab data import"):
            bring(tmp_path, source)

    assert socket.getdefaulttimeout() is None


def test_a_worker_without_torchvision_suggests_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)

    with pytest.raises(DownloadFailed, match=r"torchvision is not installed.*skiplab data import cifar10 PATH"):
        bring(tmp_path, None)
