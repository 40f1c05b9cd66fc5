"""Files are there whole or not at all."""

import os
import socket
from pathlib import Path


def aside(file: Path) -> Path:
    """Where to write what then takes the file's place: no other process writes there, on whichever host that shares the
    disk."""
    return file.with_name(f"{file.name}.{socket.gethostname()}.{os.getpid()}.part")
