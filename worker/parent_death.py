"""End a process when its parent dies."""

import ctypes
import os
import signal
import sys
import threading
import time

_PARENT = os.getppid()
"""The parent at start-up, before imports that take seconds."""

PR_SET_PDEATHSIG = 1

POLL_SECONDS = 1.0


def die_with_parent(parent: int = _PARENT) -> None:
    """End this process when its parent dies: on Linux by the kernel, even inside a long C call; else by a thread.

    Exits at once if the parent has died already. `parent`: its process id, in a forked process.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        # macOS has no such signal, and gives a process whose parent has died another parent.
        threading.Thread(target=_follow, args=(parent,), name="parent", daemon=True).start()
    if os.getppid() != parent:
        sys.exit("The parent process has ended.")


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)  # there is nothing to wait on: a parent is no child
    os._exit(1)
