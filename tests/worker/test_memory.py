"""Peak memory is that of the process itself."""

import subprocess
import sys

from worker.memory import peak_bytes

MEGABYTE = 2**20


def test_what_was_held_once_is_remembered() -> None:
    before = peak_bytes()
    # More than can be free inside the process; written to, or it would not be in memory.
    held = bytearray(b"x") * (before + 100 * MEGABYTE)
    del held
    assert peak_bytes() > before + 90 * MEGABYTE


def test_a_small_process_of_a_large_parent_is_small() -> None:
    held = bytearray(b"x") * (200 * MEGABYTE)
    code = "from worker.memory import peak_bytes; print(peak_bytes())"
    message = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(message) < len(held) / 2
