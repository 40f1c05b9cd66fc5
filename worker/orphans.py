"""No process of a worker outlives the one that started it."""

import ctypes
import signal
import sys


def die_with_parent() -> None:
    """Linux only: the kernel ends this process with its parent, even inside a long C call."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
