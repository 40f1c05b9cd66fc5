"""`make dev`: run the lab with a restart on changes of Python, and the dashboard by Vite with hot reload.

Standard library only.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import node

ROOT = node.ROOT
POLL_SECONDS = 0.5
"""Interval of polling modification times, which works on every system without a package."""


def main() -> int:
    found = node.find()
    if found is None:
        print("dev: Node.js is not installed; run `make setup`.", file=sys.stderr)
        return 1
    # SIGTERM ends the loop as Ctrl-C does, so that the children are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    vite = node.FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    # The API that Vite proxies to.
    proxy = {"SKIPLAB_DEV_URL": f"http://127.0.0.1:{os.environ.get('SKIPLAB_PORT', '8000')}"}
    page = subprocess.Popen([found.program, vite], cwd=node.FRONTEND, env=proxy | found.environment())
    lab = start_lab()
    seen = source_times()
    try:
        while page.poll() is None:
            time.sleep(POLL_SECONDS)  # polling: see POLL_SECONDS
            now = source_times()
            if now != seen:
                print("dev: Python sources changed, restarting", flush=True)
                stop(lab)
                lab, seen = start_lab(), now
    except KeyboardInterrupt:
        pass
    finally:
        stop(lab)
        stop(page)
    return 0


def start_lab() -> subprocess.Popen[bytes]:
    return subprocess.Popen([ROOT / ".venv" / "bin" / "skiplab", "up"], cwd=ROOT)


def source_times() -> dict[Path, int]:
    return {
        path: path.stat().st_mtime_ns
        for folder in ("skiplab", "backend", "worker")
        for path in (ROOT / folder).rglob("*.py")
        if path.exists()
    }


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
