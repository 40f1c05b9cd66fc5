"""No process of a worker outlives its parent."""

import subprocess
import sys
from pathlib import Path

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
