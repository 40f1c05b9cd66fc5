"""Measure start and idle memory of a lab, of this checkout or another one.

    python benchmarks/store/start.py HOME [IDLE_SECONDS] [NAME=VALUE ...]

The rest are environment variables of the lab. Prints `Started` as a line of JSON. HOME is created if missing.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path.cwd()))  # the measured checkout, which may be another one than this file's

IDLE_SECONDS = 60.0
PEER = "import fastapi, sqlalchemy"
"""The imports that no web process of this kind can avoid."""

WEB = "-m backend"
"""The web process's arguments."""

NO_STANDBY = "SKIPLAB_STANDBY_IDLE_SECONDS=0"


@dataclass(frozen=True)
class Started:
    page_seconds: float  # from the command to the first byte of the page
    import_seconds: float  # of PEER, in a process of its own
    pss: dict[str, int] = field(default_factory=dict)  # process id and arguments to bytes


def main() -> None:
    from tests.lab import free_port

    home, idle = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else IDLE_SECONDS
    environment = dict(variable.split("=", 1) for variable in sys.argv[3:])
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", PEER], check=True)
    import_seconds = time.perf_counter() - began

    port = free_port()
    began = time.perf_counter()
    lab = subprocess.Popen(
        [sys.executable, "-m", "skiplab", "up", "--port", str(port), "--home", str(home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        _wait_for_page(lab, port)
        page_seconds = time.perf_counter() - began
        time.sleep(idle)  # idle memory is what is measured
        pss = dict(_memory(psutil.Process(lab.pid)))
    finally:
        lab.terminate()
        lab.wait(60)
    print(json.dumps(asdict(Started(page_seconds, import_seconds, pss))))


def _wait_for_page(lab: subprocess.Popen[bytes], port: int) -> None:
    import httpx2

    while lab.poll() is None:
        try:
            with httpx2.stream("GET", f"http://127.0.0.1:{port}/") as answer:
                if answer.status_code == 200:
                    return
        except httpx2.TransportError:
            pass
        time.sleep(0.01)  # a server that does not listen yet can only be polled
    raise RuntimeError(f"the lab ended with exit code {lab.returncode} before it served its page")


def _memory(lab: psutil.Process) -> Iterator[tuple[str, int]]:
    """Yield each process and its PSS: memory shared by n processes counts as 1/n for each."""
    for process in [lab, *lab.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it has ended since
            name = " ".join(process.cmdline()[1:4])[-60:]
            yield f"{process.pid} {name}", process.memory_full_info().pss


if __name__ == "__main__":
    main()
