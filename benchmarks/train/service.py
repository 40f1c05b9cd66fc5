"""Benchmarks with a running lab: latency until a run starts, and its memory."""

import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.table import Row
from benchmarks.train.parts import Effort
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from tests.lab import Lab, running_lab

STANDBY_SECONDS = 10  # until the standby trainer has imported torch, on a slow machine
RUN_SECONDS = 600
MEGABYTE = 10**6


def rows(home: Path, effort: Effort) -> list[Row]:
    """Measure in a new lab that uses the data sets of `home`."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "home"
        own.mkdir()
        (own / "datasets").symlink_to(home / "datasets")
        with running_lab(own) as lab:
            _whole_run(lab, train_limit=1000)  # warm-up: file cache, standby trainer
            delays = []
            for _ in range(effort.starts):
                time.sleep(STANDBY_SECONDS)  # there is no event for a standby trainer that is ready
                delays.append(_seconds_to_first_step(lab, _whole_run(lab, train_limit=1000)))
            whole = _whole_run(lab, train_limit=effort.of_run)
            memory = lab.series(whole, Metric.PEAK_MEMORY)["value"][-1] - _memory_of_torch()
    return [
        Row(
            work="from the claim to the first training step, data cached, warm worker",
            against="",
            measured=f"{median(delays):.2f} s ({min(delays):.2f} to {max(delays):.2f}, {effort.starts} runs)",
            wanted="under 1 s",
            met=median(delays) < 1,
        ),
        Row(
            work="peak memory of a CIFAR-10 run of `cnn`",
            against="a process that has imported torch",
            measured=f"{memory / MEGABYTE:.0f} MB more",
            wanted="under 600 MB",
            met=memory < 600 * MEGABYTE,
        ),
    ]


def _whole_run(lab: Lab, *, train_limit: int | None) -> int:
    run = lab.submit(dataset="cifar10", epochs=1, train_limit=train_limit, test_limit=None, learning_rate=0.01)
    ended = lab.wait(run, lambda found: found["status"] in (Status.FINISHED, Status.FAILED), RUN_SECONDS)
    if ended["status"] != Status.FINISHED:
        raise RuntimeError(f"run {run} of the benchmark failed: {ended['reason']}")
    return run


def _seconds_to_first_step(lab: Lab, run: int) -> float:
    """Return the delay from claim to first step: when the epoch was written, less its duration."""
    claimed = datetime.fromisoformat(lab.run(run)["started_at"])
    written = datetime.fromisoformat(lab.series(run, Metric.EPOCH_SECONDS)["time"][0])
    took = sum(lab.series(run, key)["value"][0] for key in (Metric.EPOCH_SECONDS, Metric.EVALUATION_SECONDS))
    return (written - timedelta(seconds=took) - claimed).total_seconds()


def _memory_of_torch() -> int:
    code = "import torch; from worker.memory import peak_bytes; print(peak_bytes())"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
