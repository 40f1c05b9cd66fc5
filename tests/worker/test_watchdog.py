"""Processes that exceed the available memory are killed with a reason, and no others."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from worker import memory
from worker.watchdog import Watchdog

MEGABYTE = 2**20

HUNGRY = "import time; held = []\nfor _ in range(200): held.append(b'x' * 2**20 * 10); time.sleep(0.01)\ntime.sleep(60)"
FRUGAL = "held = b'x' * 2**20 * 20; print('.', flush=True); input()"


def started(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_process_is_ended_at_its_bound_with_all_that_it_has_started() -> None:
    child_eats = f"if child: print(child, flush=True); os.wait()\nelse:\n exec({HUNGRY!r})"
    forks = f"import os; child = os.fork()\n{child_eats}"
    bound = 200 * MEGABYTE
    with started(forks) as process, Watchdog(process.pid, "mine.py", bound=bound, remedy="Take less.") as dog:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert process.wait(timeout=30) == -9

    assert dog.sentence is not None
    assert re.match(r"mine.py: killed at 2\d\d MiB, 200 MiB were available. Take less.$", dog.sentence)
    assert dog.near
    with suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(timeout=30)


def test_a_process_within_its_bound_is_left_alone() -> None:
    with started(FRUGAL) as process, Watchdog(process.pid, "mine.py", bound=200 * MEGABYTE) as dog:
        assert process.stdout is not None
        process.stdout.readline()
        assert 20 * MEGABYTE < memory.held(process.pid) < 100 * MEGABYTE
        process.communicate(b"\n", timeout=30)

    assert (process.returncode, dog.sentence, dog.near) == (0, None, False)


def test_the_number_of_a_process_that_has_been_waited_for_is_not_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    with started(FRUGAL) as process:
        dog = Watchdog(process.pid, "mine.py", bound=1)
        process.communicate(b"\n", timeout=30)
    signalled: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _number: signalled.append(pid))

    dog._end()

    assert (signalled, dog.sentence) == ([], None)


@pytest.mark.parametrize(("room", "bound"), [(8 * 2**30, 7 * 2**30), (1000 * MEGABYTE, 750 * MEGABYTE)])
def test_the_bound_is_what_is_free_less_a_reserve(room: int, bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room", lambda: room)
    monkeypatch.setattr(memory, "reserve", lambda: 2**30)
    monkeypatch.setattr(memory, "held", lambda _pid: 5)

    assert Watchdog(1, "mine.py")._bound == bound + 5


def test_mapped_files_are_not_held(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * (100 * MEGABYTE))
    opened = f"import mmap; f = open({str(tmp_path / 'file')!r}, 'rb')"
    code = (
        f"{opened}; m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); sum(m[::4096]); print('.', flush=True); input()"
    )
    with started(code) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert psutil.Process(process.pid).memory_info().rss > 100 * MEGABYTE
        assert memory.held(process.pid) < 50 * MEGABYTE
        assert memory.share(process.pid) < 50 * MEGABYTE
        process.communicate(b"\n", timeout=30)
    with pytest.raises(psutil.NoSuchProcess):
        memory.held(process.pid)


@pytest.mark.parametrize("version", [1, 2])
def test_a_containers_limit_is_the_room(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel shows it in a container, whose path may be one of the host."""
    membership, tree = tmp_path / "cgroup", tmp_path / "tree"
    folder = tree / "memory" if version == 1 else tree
    folder.mkdir(parents=True)
    membership.write_text("4:memory:/docker/abc\n0::/\n" if version == 1 else "0::/\n")
    names = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_", "memory.oom_control"),
        2: ("memory.max", "memory.current", "", "memory.events"),
    }
    limit, used, prefix, events = names[version]
    (folder / limit).write_text(f"{64 * MEGABYTE}\n")
    (folder / used).write_text(f"{60 * MEGABYTE}\n")
    (folder / "memory.stat").write_text(f"{prefix}inactive_file {10 * MEGABYTE}\n{prefix}active_file {2 * MEGABYTE}\n")
    (folder / events).write_text("oom 3\noom_kill 3\n")
    monkeypatch.setattr(memory, "MEMBERSHIP", membership)
    monkeypatch.setattr(memory, "CGROUPS", tree)
    monkeypatch.setattr(memory, "VMSTAT", tmp_path / "none")

    assert memory.room() == 16 * MEGABYTE
    assert memory.capacity() == 64 * MEGABYTE
    assert memory.reserve() == 16 * MEGABYTE
    assert memory.kills() == 3
    (folder / limit).write_text("max\n" if version == 2 else f"{2**63 - 4096}\n")
    assert memory.capacity() == psutil.virtual_memory().total
