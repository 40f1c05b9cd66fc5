"""The supervisor with real child processes: small scripts, and times short enough for tests."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backend.broker import Broker
from backend.supervisor.child import Command, Times
from backend.supervisor.guard import Guard
from backend.supervisor.lab import KeepsDying, Lab, Supervisor, Work
from backend.supervisor.output import Output
from backend.supervisor.start import CannotStart, address, check_port, locked
from tests.lab import until

QUICK = Times(first_delay=0.01, longest_delay=0.04, steady=60, grace=10)

NO_BROKER = Broker(url="redis://somewhere-else")


def script(name: str, text: str, *arguments: object) -> Command:
    """A child that is a few lines of Python."""
    return Command(name, (sys.executable, "-I", "-S", "-u", "-c", text, *map(str, arguments)))


def born_and_staying(name: str, births: Path) -> Command:
    """Notes its pid in a file and stays."""
    return script(name, NOTE_BIRTH + "import time; time.sleep(600)", births)


NOTE_BIRTH = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"


def pids(births: Path) -> list[int]:
    return [int(line) for line in births.read_text().splitlines()] if births.exists() else []


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def all_go(expected: list[int]) -> bool:
    """A killed process is gone a moment after the kill."""
    return bool(expected) and bool(until(lambda: all(map(is_gone, expected)), bool, 10))


class Bench:
    """Supervises scripts, and holds what was shown meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.shown: list[str] = []
        self.log = folder / "logs" / "skiplab.log"
        self.output = Output(self.log, self.shown.append)
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
        self.guard = Guard(holding=self._lock)

    def supervise(
        self,
        *commands: Command,
        work: Work | None = None,
        missing: Callable[[], Awaitable[list[str]]] | None = None,
        times: Times = QUICK,
        broker: Broker = NO_BROKER,
    ) -> int:
        lab = Lab(broker, commands, missing or nothing_missing)
        supervisor = Supervisor(lab, self.output, self.guard, times)
        return asyncio.run(asyncio.wait_for(supervisor.supervise(work or until_stopped), 60))

    def close(self) -> None:
        self.guard.close()
        self.output.close()
        os.close(self._lock)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()
    assert is_gone(bench.guard.pid)


async def nothing_missing() -> list[str]:
    return []


async def until_stopped() -> int:
    await asyncio.Event().wait()
    return 0


async def told(wanted: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.01)


def when(wanted: Callable[[], bool], *, then: Callable[[], object] = lambda: None, status: int = 0) -> Work:
    """Work that waits for something, does something, and is done."""

    async def work() -> int:
        await told(wanted)
        then()
        return status

    return work


def test_a_child_that_ends_is_started_again_and_the_user_is_told(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    short_lived = script("worker", NOTE_BIRTH + "sys.exit(3)", births)
    steady = born_and_staying("backend", tmp_path / "other")

    bench.supervise(short_lived, steady, work=when(lambda: len(pids(births)) >= 5))

    assert len(set(pids(births))) >= 5
    assert len(pids(tmp_path / "other")) == 1
    assert bench.shown[0] == "The worker ended with exit status 3; it is started again in 0.01 s."
    assert all_go(pids(births) + pids(tmp_path / "other"))


def test_a_killed_child_is_told_by_the_signal_and_takes_its_own_children_along(bench: Bench, tmp_path: Path) -> None:
    births, grandchildren = tmp_path / "births", tmp_path / "grandchildren"
    parent = script("worker", NOTE_BIRTH + SPAWN, births, grandchildren)

    def kill_first() -> None:
        os.kill(pids(births)[0], signal.SIGKILL)

    async def work() -> int:
        await told(lambda: len(pids(grandchildren)) == 1)
        kill_first()
        await told(lambda: len(pids(grandchildren)) == 2)
        await told(lambda: is_gone(pids(grandchildren)[0]))
        return 0

    assert bench.supervise(parent, work=work) == 0
    assert bench.shown[0].startswith("The worker was ended by SIGKILL")
    assert all_go(pids(births) + pids(grandchildren))


SPAWN = """
import subprocess, time
note = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\\\n'); import time; time.sleep(600)"
subprocess.Popen([sys.executable, "-I", "-S", "-c", note, sys.argv[2]])
time.sleep(600)
"""


def test_the_delay_doubles_up_to_ten_seconds_however_often_a_child_dies() -> None:
    delays = [Times().delay(deaths) for deaths in range(8)]
    assert delays == [0.5, 1, 2, 4, 8, 10, 10, 10]
    assert Times().delay(100_000) == 10


def test_after_a_steady_life_the_next_death_counts_as_the_first(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    child = script("worker", NOTE_BIRTH, births)
    always_steady = Times(first_delay=0.01, longest_delay=10, steady=0)

    bench.supervise(child, work=when(lambda: len(pids(births)) >= 6), times=always_steady)

    assert set(bench.shown) == {"The worker ended with exit status 0; it is started again in 0.01 s."}


def test_a_child_that_keeps_dying_before_the_lab_is_ready_ends_the_start_with_its_last_words(bench: Bench) -> None:
    broken = script("worker", "print('cannot find the thing'); raise SystemExit(1)")

    with pytest.raises(KeepsDying, match=r"The worker keeps ending[^\n]*\n    cannot find the thing"):
        bench.supervise(broken, missing=always_missing)


def test_a_command_that_is_not_there_ends_the_start_too(bench: Bench) -> None:
    with pytest.raises(KeepsDying, match="The backend keeps ending"):
        bench.supervise(Command("backend", ("/no/such/program",)), missing=always_missing)
    assert "No such file" in bench.shown[0]


async def always_missing() -> list[str]:
    return ["a worker"]


def test_work_begins_only_when_nothing_is_missing_any_more(bench: Bench, tmp_path: Path) -> None:
    missing = [["the broker", "a worker"], ["a worker"], []]
    seen: list[int] = []

    async def next_missing() -> list[str]:
        return missing.pop(0)

    async def work() -> int:
        seen.append(len(missing))
        return 7

    assert bench.supervise(born_and_staying("worker", tmp_path / "births"), work=work, missing=next_missing) == 7
    assert seen == [0]


def test_a_long_start_says_what_is_still_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.supervisor.lab.IMPATIENT_SECONDS", 0.2)
    answers = [["a worker"]] * 5 + [[]]

    async def next_missing() -> list[str]:
        return answers.pop(0)

    bench.supervise(missing=next_missing, work=when(lambda: True))
    assert bench.shown == ["Still starting: a worker."]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child_in_order_the_broker_last(
    number: signal.Signals, bench: Bench, tmp_path: Path
) -> None:
    births, ends = tmp_path / "births", tmp_path / "ends"
    # The worker takes a while to end; the broker must still be there when it does.
    worker = script("worker", SAY_GOODBYE, births, ends, "worker", 0.3)
    broker = Broker("redis://here", argv=script("broker", SAY_GOODBYE, births, ends, "broker", 0).argv)

    async def work() -> int:
        await told(lambda: len(pids(births)) == 2)
        os.kill(os.getpid(), number)
        return await until_stopped()

    assert bench.supervise(worker, work=work, broker=broker) == 0
    assert ends.read_text().split() == ["worker", "broker"]
    assert bench.shown == ["Stopping."]
    assert all_go(pids(births))


# The birth is noted when the handler stands, so that no signal comes too early.
SAY_GOODBYE = f"""
import signal, sys, time
def goodbye(*_):
    time.sleep(float(sys.argv[4]))
    open(sys.argv[2], "a").write(sys.argv[3] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, goodbye)
{NOTE_BIRTH}
time.sleep(600)
"""


def test_work_that_a_signal_ends_may_have_the_last_word(bench: Bench) -> None:
    async def work() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            return await until_stopped()
        except asyncio.CancelledError:
            return 5

    assert bench.supervise(work=work) == 5


def test_what_does_not_end_when_asked_is_ended_with_its_children(bench: Bench, tmp_path: Path) -> None:
    births, grandchildren = tmp_path / "births", tmp_path / "grandchildren"
    stubborn = script("worker", IGNORE + NOTE_BIRTH + SPAWN, births, grandchildren)

    bench.supervise(stubborn, work=when(lambda: len(pids(grandchildren)) == 1), times=Times(grace=0.2))

    assert all_go(pids(births) + pids(grandchildren))


IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


def test_a_second_signal_ends_everything_at_once(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    stubborn = script("worker", IGNORE + NOTE_BIRTH + "import time; time.sleep(600)", births)

    async def work() -> int:
        await told(lambda: len(pids(births)) == 1)
        loop = asyncio.get_running_loop()
        for delay in (0, 0.2):
            loop.call_later(delay, os.kill, os.getpid(), signal.SIGINT)
        return await until_stopped()

    began = time.monotonic()
    bench.supervise(stubborn, work=work, times=Times(grace=50))
    assert time.monotonic() - began < 40
    assert all_go(pids(births))


def test_a_killed_supervisor_leaves_no_process_and_holds_the_home_until_all_are_gone(tmp_path: Path) -> None:
    births = tmp_path / "births"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path), str(births)])
    try:
        until(lambda: pids(births), lambda found: len(found) == 1, 30)
        (child,) = pids(births)
        guard = next(each for each in psutil.Process(supervisor.pid).children() if each.pid != child)
    finally:
        supervisor.kill()
        supervisor.wait()

    with pytest.raises(CannotStart, match="is still stopping"), locked(tmp_path):
        pass
    until(lambda: is_gone(child) and is_gone(guard.pid), bool, 30)
    with locked(tmp_path):
        pass


# Its child takes half a second to end: long enough to see the home still locked.
SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from backend.supervisor.guard import Guard
from backend.supervisor.lab import Lab, Supervisor
from backend.supervisor.output import Output
from backend.supervisor.start import locked
from tests.backend.test_supervisor import NO_BROKER, NOTE_BIRTH, SLOW_END, nothing_missing, script, until_stopped

home, births = Path(sys.argv[1]), sys.argv[2]
with locked(home) as lock:
    lab = Lab(NO_BROKER, [script("worker", SLOW_END + NOTE_BIRTH + "time.sleep(600)", births)], nothing_missing)
    output = Output(home / "log", print)
    asyncio.run(Supervisor(lab, output, Guard(holding=lock)).supervise(until_stopped))
"""

SLOW_END = """
import signal, sys, time
def end(*_):
    time.sleep(1.5)
    sys.exit()
signal.signal(signal.SIGTERM, end)
"""


def test_the_log_has_every_line_and_the_terminal_only_what_is_wrong(bench: Bench) -> None:
    for line in RECORDS:
        bench.output.hear("worker", line)
    bench.output.hear("broker", "77:M 24 Nov 2026 09:32:30.420 # WARNING Memory overcommit must be enabled!")
    bench.output.hear("broker", "77:M 24 Nov 2026 09:32:30.454 * Ready to accept connections unix")

    assert bench.shown == [f"worker: {line}" for line in RECORDS[2:6]]
    logged = bench.log.read_text().splitlines()
    assert len(logged) == len(RECORDS) + 2
    assert logged[0] == f"worker  | {RECORDS[0]}"


RECORDS = [
    "a banner",
    "2026-11-24 09:38:51,670 INFO celery.apps.worker: ready.",
    "2026-11-24 09:38:52,001 WARNING worker.slot: run 1, attempt 1: the trainer process was ended by SIGKILL",
    "Traceback (most recent call last):",
    '  File "trainer.py", line 1, in fit',
    "ValueError: what was not expected",
    "2026-11-24 09:38:53,002 INFO worker.slot: run 2, attempt 1: starting",
    "more about that",
]


def test_verbose_shows_everything(tmp_path: Path) -> None:
    shown: list[str] = []
    output = Output(tmp_path / "log", shown.append, verbose=True)
    output.hear("worker", "a banner")
    output.close()
    assert shown == ["worker: a banner"]


def test_a_disk_that_takes_no_more_does_not_stop_the_supervisor(tmp_path: Path) -> None:
    shown: list[str] = []
    (tmp_path / "log").symlink_to("/dev/full")
    output = Output(tmp_path / "log", shown.append)
    output.say("Stopping.")
    output.close()
    assert shown == ["Stopping."]


def test_of_a_progress_bar_the_log_keeps_what_stood_there_last(bench: Bench) -> None:
    writes = r"import sys; sys.stdout.write('\r 1 %\r 50 %\r 100 %\nno line end'); sys.stdout.flush()"

    bench.supervise(script("worker", writes), work=when(lambda: "no line end" in bench.output.tail("worker")))

    assert bench.output.tail("worker")[:2] == [" 100 %", "no line end"]


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
