"""Ends a process of a worker with the one that started it."""

import ctypes
import os
import signal
import sys

_PARENT = os.getppid()
"""At this process's beginning, before it imports what takes seconds."""


def die_with_parent(parent: int = _PARENT) -> None:
    """Linux only: the kernel ends this process with its parent, even inside a long C call. Ends it at once where the
    parent has gone before the kernel knew. `parent`: its id, in a process that was forked."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("The process that started this one has ended.")
