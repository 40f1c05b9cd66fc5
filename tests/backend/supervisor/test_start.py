"""Checks before the start: port, address, home."""

import socket
from pathlib import Path

import pytest

from backend.supervisor.start import CannotStart, check_port, locked
from skiplab.contract.addresses import address


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"^Port {port} is taken.*--port or SKIPLAB_PORT\.$"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"^Cannot listen on 192\.0\.2\.1, port 8000"):
        check_port("192.0.2.1", 8000)


def test_a_home_is_for_one_lab_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "new"):
        with pytest.raises(CannotStart, match=r"A lab already runs on .*new"), locked(tmp_path / "new"):
            pass
        with locked(tmp_path / "other"):
            pass
    with locked(tmp_path / "new"):
        pass


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    home = tmp_path / "file" / "home"
    home.parent.touch()
    with pytest.raises(CannotStart, match=r"Cannot write to the lab's folder .*file/home"), locked(home):
        pass


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_address_can_be_called(host: str, url: str) -> None:
    assert address(host, 80) == url
