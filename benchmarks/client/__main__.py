"""`make bench-client`: writes benchmarks/results/client.md. With --quick: a smoke run; prints the results only."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.client.script import Timed
from benchmarks.table import ROOT, Row, collected
from tests.lab import running_web

RESULTS = ROOT / "benchmarks" / "results" / "client.md"
TITLE = "Logging from one's own script"
NOTES = [
    "The lab is its real web process with SQLite on the same machine; the script is a process of its own.",
    "A call of log is timed alone, with four values, one a millisecond; the thread that sends works meanwhile.",
    "Points a second count from the first call until the lab has stored the last point and the end of the run.",
    "Medians of the peers, as measured for findings of this project: Trackio 0.026 ms, W&B 0.30, Aim 0.80, MLflow 56.",
]
TRAINERS = 2


def rows(*, quick: bool) -> Iterator[Row]:
    turns, calls, many = (1, 200, 2_000) if quick else (5, 20_000, 100_000)
    yield _import_time(turns)
    with tempfile.TemporaryDirectory() as folder, running_web(Path(folder) / "home") as lab:
        environment = {**os.environ, "SKIPLAB_URL": lab.url, "SKIPLAB_SPOOL": f"{folder}/spool"}
        timed = _script(environment, calls, 4, 1)
        yield Row(
            "a call of log, median",
            "Trackio 0.026 ms",
            f"{timed.call_ms:.4f} ms (99 % within {timed.call_p99_ms:.3f} ms)",
            "0.1 ms",
            timed.call_ms < 0.1,
        )
        yield Row("init, with the lab's answer", "", f"{timed.init_ms:.0f} ms")
        yield _throughput("as fast as it can log", [_script(environment, many // 4, 4, 0) for _ in range(turns)])
        with _trainers():
            found = [_script(environment, many // 4, 4, 0) for _ in range(turns)]
        yield _throughput(f"{TRAINERS} training processes beside it", found, wanted=20_000)


def _throughput(beside: str, timed: list[Timed], wanted: int = 0) -> Row:
    rates = sorted(each.points / each.all_seconds for each in timed)
    measured = f"{median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f}, {len(rates)} times)"
    return Row(
        "points a second, end to end",
        beside,
        measured,
        f"{wanted:,}" if wanted else "",
        median(rates) >= wanted if wanted else None,
    )


def _import_time(turns: int) -> Row:
    def took(code: str) -> float:
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        return time.perf_counter() - before

    times = [took("import skiplab; skiplab.init") - took("pass") for _ in range(2 * turns + 1)]
    return Row(
        "import skiplab, with its client", "Python alone", f"{median(times):.3f} s", "0.3 s", median(times) < 0.3
    )


def _script(environment: dict[str, str], calls: int, values: int, pause_ms: float) -> Timed:
    command = [sys.executable, "-m", "benchmarks.client.script", str(calls), str(values), str(pause_ms)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "is complete" in done.stderr, done.stderr
    return Timed(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def _trainers() -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.client.trainer"]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(TRAINERS)
    ]
    try:
        for trainer in running:
            assert trainer.stdout
            trainer.stdout.readline()
        yield
    finally:
        for trainer in running:
            trainer.communicate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    collected(rows(quick=arguments.quick), None if arguments.quick else RESULTS, TITLE, NOTES)
