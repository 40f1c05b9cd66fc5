"""Names of temporary files for atomic writes: write to the temporary file, then rename it."""

import os
import socket
from pathlib import Path


def temporary_beside(file: Path) -> Path:
    """Return a path in the same folder that no other process uses, on any host that shares the disk."""
    return file.with_name(f"{file.name}.{socket.gethostname()}.{os.getpid()}.part")
