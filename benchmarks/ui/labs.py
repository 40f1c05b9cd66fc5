"""Labs for the measurements: filled ones, which can be reused, and one with running runs."""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.ui import lab
from tests.lab import Lab, running_web

LIVE_RUNS = 20


class Labs:
    """Filled homes. Writing them takes minutes, so existing ones are reused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def filled(self, count: int, epochs: int) -> Path:
        home = self._folder / f"{count}-runs-{epochs}-epochs"
        if not home.exists():
            half = home.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            lab.fill(half, count=count, epochs=epochs)
            half.rename(home)
        return home


@contextmanager
def copied(home: Path) -> Iterator[Lab]:
    """Run the web process on a copy, so that later measurements find the original unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(shutil.copytree(home, Path(folder) / "home"))
        with running_web(own) as web:
            yield web


class Commits:
    """Live runs in a process of their own, and when each of their epochs was committed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.at: dict[tuple[int, int], float] = {}
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            run, epoch, at = line.split()
            self.at[int(run), int(epoch)] = float(at)


@contextmanager
def live_lab(every: float) -> Iterator[tuple[Lab, Commits]]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        with lab.opened(home):
            pass
        web = stack.enter_context(running_web(home))
        command = [
            sys.executable,
            "-m",
            "benchmarks.ui.writer",
            str(home),
            "--runs",
            str(LIVE_RUNS),
            "--every",
            str(every),
        ]
        # Leaving its context closes its pipes.
        process = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        commits = Commits(process)
        stack.callback(commits.stop)
        yield web, commits
