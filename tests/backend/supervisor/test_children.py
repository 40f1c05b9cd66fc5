"""The supervisor restarts its children, stops them, and leaves none behind."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from backend.broker import Broker
from backend.db.progress import UpgradeStep
from backend.supervisor.child import Command, Times
from backend.supervisor.lab import KeepsExiting, Readiness
from backend.supervisor.start import CannotStart, locked
from tests.backend.supervisor.bench import (
    NOTE_BIRTH,
    STAY,
    Bench,
    all_go,
    born_and_staying,
    holds,
    is_gone,
    pids,
    script,
    until_stopped,
    when,
)
from tests.lab import until


def test_a_child_that_exits_is_restarted_and_reported(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    short_lived = script("worker", NOTE_BIRTH + "sys.exit(3)", births)
    steady = born_and_staying("backend", tmp_path / "other")

    bench.supervise(short_lived, steady, work=when(lambda: len(pids(births)) >= 5))

    assert len(set(pids(births))) >= 5
    assert len(pids(tmp_path / "other")) == 1
    assert bench.shown[0] == "The worker exited with status 3; restarting in 0.01 s."
    assert all_go(pids(births) + pids(tmp_path / "other"))


def test_a_killed_child_is_reported_with_its_signal_and_its_own_children_are_killed(
    bench: Bench, tmp_path: Path
) -> None:
    births, grandchildren = tmp_path / "births", tmp_path / "grandchildren"
    parent = script("worker", NOTE_BIRTH + SPAWN, births, grandchildren)

    def kill_first() -> None:
        os.kill(pids(births)[0], signal.SIGKILL)

    async def work() -> int:
        await holds(lambda: len(pids(grandchildren)) == 1)
        kill_first()
        await holds(lambda: len(pids(grandchildren)) == 2)
        await holds(lambda: is_gone(pids(grandchildren)[0]))
        return 0

    assert bench.supervise(parent, work=work) == 0
    assert bench.shown[0].startswith("The worker was killed by SIGKILL")
    assert all_go(pids(births) + pids(grandchildren))


SPAWN = """
import signal, subprocess
note = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\\\n'); import signal; signal.pause()"
subprocess.Popen([sys.executable, "-I", "-S", "-c", note, sys.argv[2]])
signal.pause()
"""


def test_the_delay_doubles_up_to_ten_seconds_however_often_a_child_dies() -> None:
    delays = [Times().delay(exits) for exits in range(8)]
    assert delays == [0.5, 1, 2, 4, 8, 10, 10, 10]
    assert Times().delay(100_000) == 10


def test_after_a_steady_run_the_exit_count_starts_over(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    child = script("worker", NOTE_BIRTH, births)
    always_steady = Times(first_delay=0.01, longest_delay=10, steady=0)

    bench.supervise(child, work=when(lambda: len(pids(births)) >= 6), times=always_steady)

    assert set(bench.shown) == {"The worker exited with status 0; restarting in 0.01 s."}


def test_a_child_that_keeps_exiting_fails_the_start_with_its_last_output(bench: Bench) -> None:
    broken = script("worker", "print('cannot find the thing'); raise SystemExit(1)")

    with pytest.raises(KeepsExiting, match=r"The worker keeps exiting[^\n]*\n    cannot find the thing"):
        bench.supervise(broken, readiness=never_ready)


def test_a_missing_command_fails_the_start_too(bench: Bench) -> None:
    with pytest.raises(KeepsExiting, match="The backend keeps exiting"):
        bench.supervise(Command("backend", ("/no/such/program",)), readiness=never_ready)
    assert "No such file" in bench.shown[0]


async def never_ready() -> Readiness:
    return Readiness(["a worker"])


def test_work_begins_only_when_everything_is_ready(bench: Bench, tmp_path: Path) -> None:
    answers = [Readiness(["the broker", "a worker"]), Readiness(["a worker"]), Readiness()]
    seen: list[int] = []

    async def readiness() -> Readiness:
        return answers.pop(0)

    async def work() -> int:
        seen.append(len(answers))
        return 7

    assert bench.supervise(born_and_staying("worker", tmp_path / "births"), work=work, readiness=readiness) == 7
    assert seen == [0]


def test_a_slow_start_reports_what_is_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.supervisor.lab.SLOW_START_SECONDS", 0.2)
    answers = [Readiness(["a worker"])] * 5 + [Readiness()]

    async def readiness() -> Readiness:
        return answers.pop(0)

    bench.supervise(readiness=readiness, work=when(lambda: True))
    assert bench.shown == ["Still starting: a worker."]


def test_an_upgrade_is_shown_in_lines_that_are_not_too_many(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.supervisor.lab.POLL_SECONDS", 0.001)
    steps = [UpgradeStep(name="metric values", done=done, total=300_000) for done in range(100_000, 200_000, 5000)]
    answers = [*(Readiness(["the database"], upgrade=step) for step in steps), Readiness()]

    async def readiness() -> Readiness:
        return answers.pop(0)

    bench.supervise(readiness=readiness, work=when(lambda: True))
    assert bench.shown == ["Upgrading the database: metric values, 100,000 of 300,000 (33%)."]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child_in_order_the_broker_last(
    number: signal.Signals, bench: Bench, tmp_path: Path
) -> None:
    births, ends = tmp_path / "births", tmp_path / "ends"
    # The worker takes a while to end; the broker must still be there when it does.
    worker = script("worker", SAY_GOODBYE, births, ends, "worker", 0.3)
    broker = Broker("redis://here", argv=script("broker", SAY_GOODBYE, births, ends, "broker", 0).argv)

    async def work() -> int:
        await holds(lambda: len(pids(births)) == 2)
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
    time.sleep(float(sys.argv[4]))  # how long its end takes is the test's choice
    open(sys.argv[2], "a").write(sys.argv[3] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, goodbye)
{NOTE_BIRTH}
signal.pause()
"""


def test_work_ended_by_a_signal_may_still_print(bench: Bench) -> None:
    async def work() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            return await until_stopped()
        except asyncio.CancelledError:
            return 5

    assert bench.supervise(work=work) == 5


def test_a_child_that_ignores_sigterm_is_killed_with_its_children(bench: Bench, tmp_path: Path) -> None:
    births, grandchildren = tmp_path / "births", tmp_path / "grandchildren"
    stubborn = script("worker", IGNORE + NOTE_BIRTH + SPAWN, births, grandchildren)

    bench.supervise(stubborn, work=when(lambda: len(pids(grandchildren)) == 1), times=Times(grace=0.2))

    assert all_go(pids(births) + pids(grandchildren))


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_child_that_survives_sigkill_is_reported_and_not_waited_for(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    births = tmp_path / "births"
    stubborn = script("worker", IGNORE + NOTE_BIRTH + STAY, births)
    # As for a process that is blocked in the kernel.
    monkeypatch.setattr("backend.supervisor.child.kill_group", lambda _pid: None)

    bench.supervise(stubborn, work=when(lambda: len(pids(births)) == 1), times=Times(grace=0.1, killed=0.1))
    gc.collect()  # the handle of the process, which warns

    (pid,) = pids(births)
    assert bench.shown[-1] == f"The worker (process {pid}) does not end after SIGKILL."
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


def test_a_second_signal_ends_everything_at_once(bench: Bench, tmp_path: Path) -> None:
    births = tmp_path / "births"
    stubborn = script("worker", IGNORE + NOTE_BIRTH + STAY, births)

    async def work() -> int:
        await holds(lambda: len(pids(births)) == 1)
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
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path), str(births), SLOW_END])
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


# Its child takes a second and a half to end: long enough to see the home still locked.
SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from backend.supervisor.guard import Guard
from backend.supervisor.lab import Lab, Supervisor
from backend.supervisor.output import Output
from backend.supervisor.start import locked
from tests.backend.supervisor.bench import NO_BROKER, NOTE_BIRTH, ready, script, until_stopped

home, births = Path(sys.argv[1]), sys.argv[2]
with locked(home) as lock:
    lab = Lab(NO_BROKER, [script("worker", sys.argv[3] + NOTE_BIRTH + "signal.pause()", births)], ready)
    output = Output(home / "log", print)
    asyncio.run(Supervisor(lab, output, Guard(holding=lock)).supervise(until_stopped))
"""

SLOW_END = """
import signal, sys, time
def end(*_):
    time.sleep(1.5)  # an end that takes a while, as a trainer's does
    sys.exit()
signal.signal(signal.SIGTERM, end)
"""
