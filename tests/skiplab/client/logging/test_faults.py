"""The spool under faults: every point of a call that returned arrives once, while the disk has room."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import skiplab
from skiplab.client import active
from skiplab.client.connection import Connection
from skiplab.client.journal import Journal
from skiplab.client.leftovers import deliver_all
from skiplab.client.sender import Sender
from skiplab.client.spool import Spool, Start, spools_in
from skiplab.contract.ingest_limits import HEARTBEAT_SECONDS
from tests.skiplab.client.logging.fake_lab import FakeLab, Problem

ROOT = Path(__file__).parents[4]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def points(step: int, **values: float) -> bytes:
    import json

    return json.dumps({"values": values, "step": step, "time": 1.0 + step, "epoch": None}).encode() + b"\n"


END = b'{"finish":{"status":"finished","reason":""}}\n'


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spool(spools: Path, lab: FakeLab, clock: Clock) -> Spool:
    body = {"kind": "external", "external_id": "abc", "resume": "allow"}
    return Spool.create(spools, Start(body, "key", lab.url), clock=clock)


@pytest.fixture
def sender(spool: Spool, lab: FakeLab, clock: Clock) -> Iterator[Sender]:
    """Not started: tests turn it by hand."""
    sender = Sender(spool, Connection(lab.url, None, "arguments"), clock=clock)
    yield sender
    if sender.delivery:
        sender.delivery.close()


def deliver(sender: Sender, clock: Clock) -> None:
    """Turn the sender until it is done, without waiting."""
    while not sender.done:
        clock.now += sender.round()


def test_an_hour_without_the_lab_is_delivered_once_it_is_back(
    lab: FakeLab, spool: Spool, sender: Sender, clock: Clock
) -> None:
    lab.away = True
    for second in range(3600):
        spool.journal.append(points(second, loss=second / 3, accuracy=0.5), 2)
        clock.now += 1
        sender.round()
    assert lab.runs == {}
    lab.away = False
    spool.journal.append(END)
    deliver(sender, clock)
    assert lab.run.series("loss") == [second / 3 for second in range(3600)]
    assert len(lab.run.points) == 7200
    assert len(lab.run.seqs) == 1
    assert lab.run.finish


def test_each_second_becomes_one_request(lab: FakeLab, spool: Spool, sender: Sender, clock: Clock) -> None:
    sender.round()
    for step in range(100):
        spool.journal.append(points(step, loss=1.0), 1)
        clock.now += 0.1
        sender.round()
    assert len(lab.run.seqs) == pytest.approx(10, abs=1)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_requests_that_fail_midway_store_each_point_once(
    lab: FakeLab, spool: Spool, sender: Sender, clock: Clock, fault: str
) -> None:
    dice = random.Random(1)
    lab.fault = lambda _path, _body: fault if dice.random() < 0.5 else None
    for step in range(200):
        spool.journal.append(points(step, loss=float(step)), 1)
        clock.now += 1
        sender.round()
    spool.journal.append(END)
    deliver(sender, clock)
    assert len(lab.runs) == 1
    assert lab.run.series("loss") == [float(step) for step in range(200)]
    assert lab.run.doubled() == []
    assert lab.run.finish


def test_a_sender_killed_at_any_request_is_continued_by_the_next(lab: FakeLab, spools: Path) -> None:
    """Each request is stored, then the process dies before the answer; the next process takes the spool."""

    class Killed(BaseException):
        pass

    spool = Spool.create(spools, Start({"kind": "external", "external_id": "a", "resume": "allow"}, "k", lab.url))
    for step in range(50):
        spool.journal.append(points(step, loss=float(step)), 1)
    folder = spool.folder
    spool.journal.append(END)
    spool.close()
    while (taken := Spool.take(folder)) is not None:
        from skiplab.client.delivery import Delivery
        from skiplab.client.transport import Transport

        class Dies(Transport):
            def post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
                super().post(path, body, key)
                raise Killed

        seen = len(lab.requests)
        delivery = Delivery(taken, Dies(Connection(lab.url, None, "arguments")))
        with pytest.raises(Killed):
            delivery.advance()
        delivery._lab.close()
        taken.close()
        # What this process sent is sent again by the next one, which then dies at the following request.
        taken = Spool.take(folder)
        assert taken is not None
        delivery = Delivery(taken, Transport(Connection(lab.url, None, "arguments")))
        delivery.advance()
        delivery.close()
        assert len(lab.requests) > seen
    assert lab.run.series("loss") == [float(step) for step in range(50)]
    assert lab.run.doubled() == []


def test_a_killed_writer_loses_no_call_that_returned(lab: FakeLab, spools: Path) -> None:
    printed = _killed_after(["victim"], 200)
    (outcome,) = deliver_all(spools, Connection(lab.url, None, "arguments"))
    assert outcome.problem == ""
    assert lab.run.series("loss")[: printed + 1] == [step / 7 for step in range(printed + 1)]
    assert lab.run.doubled() == []
    assert lab.run.finish
    assert (lab.run.finish.status, lab.run.finish.reason) == ("failed", "The process ended without finish().")


@pytest.mark.long
def test_eight_killed_writers_lose_nothing(lab: FakeLab, spools: Path) -> None:
    dice = random.Random(8)
    writers = [_writer([f"w{n}"]) for n in range(8)]
    printed = [_kill_after(writer, dice.randrange(100, 3000)) for writer in writers]
    assert all(outcome.problem == "" for outcome in deliver_all(spools, Connection(lab.url, None, "arguments")))
    runs = {run.body.name: run for run in lab.runs.values()}
    for number, last in enumerate(printed):
        run = runs[f"w{number}"]
        assert run.series("nested.value")[: last + 1] == [float(step) for step in range(last + 1)]
        assert run.doubled() == []
    assert list(spools_in(spools)) == []


def test_two_processes_share_a_folder_of_spools(lab: FakeLab, spools: Path) -> None:
    writers = [_writer([name, "300"]) for name in ("one", "two")]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert sorted(str(run.body.name) for run in lab.runs.values()) == ["one", "two"]
    for run in lab.runs.values():
        assert run.series("loss") == [step / 7 for step in range(300)]
        assert run.doubled() == []
    assert list(spools_in(spools)) == []


def test_a_spool_in_use_is_not_taken(spool: Spool) -> None:
    assert Spool.take(spool.folder) is None
    spool.close()
    taken = Spool.take(spool.folder)
    assert taken is not None
    taken.close()


def test_a_full_disk_holds_points_in_memory_then_drops_and_counts(lab: FakeLab, spools: Path) -> None:
    """The limit on the size of files stands for the full disk; while the lab is away nothing leaves memory either."""
    lab.away = True
    done = _run_limited(lab, "for step in range(1000): run.log({'loss': step})", held=20_000, wait=0.1)
    assert "points dropped so far" in done.stderr
    assert "No space" in done.stderr or "File too large" in done.stderr
    lab.away = False
    (outcome,) = deliver_all(spools, Connection(lab.url, None, "arguments"))
    stored = len(lab.run.points)
    assert outcome.problem == ""
    assert 0 < stored < 1000
    assert lab.run.series("loss") == [float(step) for step in range(stored)]
    assert lab.run.dropped == 1000 - stored
    assert f"{1000 - stored:,} points were dropped" in done.stderr


def test_at_a_full_disk_points_go_from_memory_to_the_lab(lab: FakeLab, spools: Path) -> None:
    done = _run_limited(lab, "for step in range(1000): run.log({'loss': step})", held=1 << 20)
    assert lab.run.series("loss") == [float(step) for step in range(1000)], done.stderr
    assert lab.run.doubled() == []
    assert lab.run.finish
    assert lab.run.dropped == 0
    assert list(spools_in(spools)) == []


def test_the_lab_learns_how_many_points_were_dropped(lab: FakeLab) -> None:
    lab.away = True
    code = "for step in range(1000): run.log({'loss': step})\nlab_is_back()\nrun.log({'loss': 1000})"
    done = _run_limited(lab, code, held=20_000)
    assert lab.run.dropped == 1001 - len(lab.run.points) > 0, done.stderr
    assert f"{lab.run.dropped:,} points were dropped" in done.stderr


def test_a_torn_line_is_overwritten(spools: Path) -> None:
    spools.mkdir()
    journal = Journal(spools)
    journal.append(b'{"a":1}\n')
    journal.close()
    with (spools / "points-000001.jsonl").open("ab") as file:
        file.write(b'{"torn": tr')
    journal = Journal(spools)
    journal.append(b"{}\n")
    assert journal.read(1, 0, 1000) == (1, 0, b'{"a":1}\n{}\n')
    journal.close()


def test_a_signal_s_handler_may_log_in_the_middle_of_a_call(lab: FakeLab) -> None:
    run = skiplab.init()
    calls = 0

    def log(_signal: int, _frame: Any) -> None:
        nonlocal calls
        calls += 1
        run.log({"handler": calls})

    before = signal.signal(signal.SIGALRM, log)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for step in range(5000):
            run.log({"loss": step})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    run.finish()
    assert sorted(value for key, _, value in lab.run.points if key == "loss") == [float(step) for step in range(5000)]
    assert len([key for key, _, _ in lab.run.points if key == "handler"]) == calls > 0


def test_delivered_segments_are_deleted(spools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skiplab.client.journal.SEGMENT_BYTES", 100)
    spools.mkdir()
    journal = Journal(spools)
    for step in range(20):
        journal.append(points(step, loss=1.0), 1)
    found, segment, start = b"", 1, 0
    while True:
        segment, start, lines = journal.read(segment, start, 1000)
        if not lines:
            break
        found += lines
        start += len(lines)
        journal.delivered(segment, start)
    assert found == b"".join(points(step, loss=1.0) for step in range(20))
    assert len(list(spools.glob("points-*"))) == 1
    journal.close()


def test_a_batch_that_is_too_large_for_the_lab_is_split(
    lab: FakeLab, spool: Spool, sender: Sender, clock: Clock
) -> None:
    def at_most_7(path: str, body: Any) -> None:
        if path.endswith("points") and sum(len(each["step"]) for each in body.get("series", {}).values()) > 7:
            raise Problem(413, "at most 7 points")

    lab.refuse = at_most_7
    for step in range(100):
        spool.journal.append(points(step, loss=float(step)), 1)
    spool.journal.append(END)
    deliver(sender, clock)
    assert lab.run.series("loss") == [float(step) for step in range(100)]
    assert lab.run.doubled() == []


def test_what_the_lab_cannot_take_holds_up_nothing_else(
    lab: FakeLab, spool: Spool, sender: Sender, clock: Clock
) -> None:
    def no_sevens(path: str, body: Any) -> None:
        if path.endswith("points") and 7 in body.get("series", {}).get("loss", {}).get("step", ()):
            raise Problem(422, "no sevens")

    lab.refuse = no_sevens
    for step in range(20):
        spool.journal.append(points(step, loss=float(step)), 1)
    spool.journal.append(END)
    deliver(sender, clock)
    assert lab.run.series("loss") == [float(step) for step in range(20) if step != 7]
    assert lab.run.finish


def test_a_silent_run_sends_heartbeats(lab: FakeLab, sender: Sender, clock: Clock) -> None:
    for _ in range(60):
        clock.now += 1
        sender.round()
    assert lab.run.heartbeats == pytest.approx(60 / HEARTBEAT_SECONDS, abs=1)


def test_a_forked_process_leaves_the_run_alone(lab: FakeLab) -> None:
    run = skiplab.init()
    run.log({"loss": 1})
    child = os.fork()
    if child == 0:
        skiplab.log({"loss": 2})
        active.finish()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    run.log({"loss": 3})
    run.finish()
    assert lab.run.series("loss") == [1.0, 3.0]


def _writer(arguments: list[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.skiplab.client.logging.writer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _killed_after(arguments: list[str], lines: int) -> int:
    return _kill_after(_writer(arguments), lines)


def _kill_after(writer: "subprocess.Popen[str]", lines: int) -> int:
    """Kill a writer after so many calls; return the number of the last call that it printed."""
    assert writer.stdout is not None
    for _ in range(lines):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read().splitlines(keepends=True)
    writer.stdout.close()
    writer.wait()
    return lines - 1 + sum(line.endswith("\n") for line in rest)


def _run_limited(lab: FakeLab, code: str, held: int, wait: float = 5.0) -> "subprocess.CompletedProcess[str]":
    """Log in a process whose files have at most 16 KiB, which holds so many bytes in memory, and waits so many seconds
    for a lab that is away at its end."""
    import threading

    program = f"""
import resource, sys
import skiplab
from skiplab.client import journal, run as runs
import skiplab.client.transport, skiplab.client.delivery
journal.HELD_BYTES = {held}
runs.EXIT_SECONDS_AWAY = {wait}
run = skiplab.init()
def lab_is_back():
    print("back", flush=True)
    sys.stdin.readline()
resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
{code}
run.finish()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    assert process.stderr
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    if process.stdout.readline() == "back\n":
        lab.away = False
        process.stdin.write("\n")
        process.stdin.flush()
    process.wait()
    reader.join()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return subprocess.CompletedProcess(process.args, process.returncode, "", errors[0])
