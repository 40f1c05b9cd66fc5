"""End a process when its parent dies."""

import ctypes
import os
import signal
import sys

_PARENT = os.getppid()
"""The parent at start-up, before imports that take seconds."""


def die_with_parent(parent: int = _PARENT) -> None:
    """Have the kernel kill this process when its parent dies, even inside a long C call (Linux only).

    Exits at once if the parent has died already. `parent`: its process id, in a forked process.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("The parent process has ended.")
