"""No process of a worker outlives its parent."""

import subprocess
import sys
from pathlib import Path

import psutil

from tests.lab import until

WAITS = """
import os, sys, time
from worker import parent_death
print("ready", flush=True)
while os.getppid() == parent_death._PARENT:
    time.sleep(0.01)
try:
    parent_death.die_with_parent()
finally:
    open(sys.argv[1], "w").write(repr(sys.exception()))
"""

FOLLOWS = """
import ctypes, sys, threading
from worker import parent_death

class Library:
    "One without `prctl`."

ctypes.CDLL = lambda _name: Library()
parent_death.POLL_SECONDS = 0.01
parent_death.die_with_parent()
print("ready", flush=True)
open(sys.argv[1], "w").write("lives")
threading.Event().wait()
"""

STARTS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE)
child.stdout.readline()
"""


def test_one_whose_parent_has_gone_while_it_began_ends(tmp_path: Path) -> None:
    message = tmp_path / "message"

    subprocess.run([sys.executable, "-c", STARTS, WAITS, str(message)], check=True, timeout=60)

    text = until(lambda: message.read_text() if message.exists() else "", bool, 20)
    assert text == "SystemExit('The parent process has ended.')"


def test_a_system_without_that_signal_ends_it_by_a_thread(tmp_path: Path) -> None:
    started = "import os, subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', *sys.argv[1:]],"
    started += " stdout=subprocess.PIPE)\nchild.stdout.readline()\nprint(child.pid)\n"
    done = subprocess.run(
        [sys.executable, "-c", started, FOLLOWS, str(tmp_path / "message")],
        check=True,
        timeout=60,
        capture_output=True,
    )

    until(lambda: psutil.pid_exists(int(done.stdout)), lambda exists: not exists, 20)
