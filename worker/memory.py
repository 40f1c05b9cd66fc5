"""How much memory this process has had at most."""

import resource
import sys
from pathlib import Path

KILOBYTE = 1024  # the kernel's
STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Since its start. Not by getrusage where there is another way: on Linux that begins with what the parent had."""
    lines = STATUS.read_text().splitlines() if STATUS.exists() else []
    for line in lines:
        # Not every kernel that looks like Linux has it.
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * KILOBYTE
    unit = 1 if sys.platform == "darwin" else KILOBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
