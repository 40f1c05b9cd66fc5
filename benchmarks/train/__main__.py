"""`make bench-train`: writes benchmarks/results/train.md. With --quick: a minute, prints, writes nothing."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from backend.contract.settings import LabSettings
from benchmarks.table import ROOT, Row, markdown
from benchmarks.train import parts, service
from worker.datasets import cache

RESULTS = ROOT / "benchmarks" / "results" / "train.md"
TITLE = "Training: the lab beside the usual tutorial loop"
NOTES = [
    "Ratios above 1 say that the lab is faster. They are medians of neighbouring turns in one process; the interval is"
    " that of the median, by order statistics.",
    "Both sides train the same network on the same images with the same batch size and augmentation, with as many"
    " threads as torch takes by itself. The tutorial's two loading processes are extra.",
    "The start of the tutorial's workers and the lab's set-up are not counted.",
    "FLOPs are those of torch's counter for forward and backward; rates are the best of the machine while nothing else"
    " ran. A step may reach more than the matrix product's rate: convolutions are another library's.",
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run whose figures mean nothing")
    quick = parser.parse_args().quick
    home = LabSettings.load().home
    if not cache.holds(home, "cifar10"):
        print(
            f"The benchmark wants the real CIFAR-10 in {home}: `skiplab data import cifar10 cifar10-images.zip`,"
            " or SKIPLAB_HOME of a lab that has it.",
            file=sys.stderr,
        )
        return 1
    rows: list[Row] = []
    for row in _rows(home, quick=quick):
        rows.append(row)
        print(f"{row.work}: {row.measured}", flush=True)
        if not quick:  # after each row: what took minutes is not lost with what fails later
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(markdown(TITLE, rows, NOTES))
    return 0


def _rows(home: Path, *, quick: bool) -> Iterator[Row]:
    data, effort = cache.load(home, "cifar10"), parts.QUICK if quick else parts.REAL
    for model in effort.images:
        yield parts.training(model, data, effort)
    yield parts.bookkeeping(data, effort)
    yield parts.evaluation(data, effort)
    yield from service.rows(home, starts=1 if quick else 5, train_limit=1000 if quick else None)


if __name__ == "__main__":
    sys.exit(main())
