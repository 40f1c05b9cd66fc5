"""What reading costs over HTTP, of this checkout or of another one.

    python benchmarks/store/read.py curves HOME   a lab that `write.py lab` filled
    python benchmarks/store/read.py lists HOME    a lab of 1,000 finished runs, made here if it is not there

prints one line of JSON: work to `Answered`.
"""

import gzip
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path.cwd()))  # the checkout that is measured: this file may be another one's

LISTED = 1000
TIMES = 15
PAGE = 500
"""Runs of a page, when all runs are listed."""


@dataclass(frozen=True)
class Answered:
    ms: float  # median
    bytes: int  # packed, as a browser asks for it


def main() -> None:
    from benchmarks.ui.lab import fill
    from tests.lab import running_web

    what, home = sys.argv[1], Path(sys.argv[2])
    if what == "lists" and not home.exists():
        fill(home, count=LISTED, epochs=5)
    with running_web(home) as lab:

        def ask(*paths: str) -> Answered:
            times = []
            for _ in range(TIMES + 1):
                began = time.perf_counter()
                answers = [lab.client.get(path) for path in paths]
                times.append(1000 * (time.perf_counter() - began))
                assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
            return Answered(median(times[1:]), sum(len(gzip.compress(answer.content)) for answer in answers))

        if what == "curves":
            runs = ",".join(str(run["id"]) for run in lab.client.get("/runs").json()["items"])
            found = {"one key of 20 runs": ask(f"/metrics?runs={runs}&keys=test/accuracy")}
        else:
            found = {
                "first page of 100 runs": ask("/runs?limit=100"),
                "final values of 1,000 runs": ask(
                    *(f"/runs?limit={PAGE}&offset={at}" for at in range(0, LISTED, PAGE))
                ),
            }
    print(json.dumps({work: asdict(answered) for work, answered in found.items()}))


if __name__ == "__main__":
    main()
