"""`make bench-train`: writes benchmarks/results/train.md. With --quick: one minute; prints the results only."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.table import ROOT, Row, collected
from benchmarks.train import parts, service
from benchmarks.train.parts import Effort
from skiplab.contract.settings import LabSettings
from worker.datasets import cache
from worker.datasets.images import ImageData

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

Part = Callable[[Path, ImageData, Effort], Iterable[Row]]

PARTS: Mapping[str, Part] = {
    "training": lambda _home, data, effort: (parts.training(model, data, effort) for model in effort.images),
    "bookkeeping": lambda _home, data, effort: [parts.bookkeeping(data, effort)],
    "evaluation": lambda _home, data, effort: [parts.evaluation(data, effort)],
    "service": lambda home, _data, effort: service.rows(home, effort),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test; the numbers are meaningless")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="print only these; write no file")
    given = parser.parse_args()
    effort = parts.QUICK if given.quick else parts.REAL
    home = LabSettings.load().home
    if not cache.holds(home, "cifar10"):
        print(
            f"{home} has no CIFAR-10: run `skiplab data import cifar10 cifar10-images.zip`,"
            " or set SKIPLAB_HOME to a lab that has it.",
            file=sys.stderr,
        )
        return 1
    data = cache.load(home, "cifar10")
    rows = (row for name in given.only for row in PARTS[name](home, data, effort))
    whole = not given.quick and given.only == list(PARTS)
    collected(rows, RESULTS if whole else None, TITLE, NOTES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
