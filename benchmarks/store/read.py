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
CURVES, PAGE_OF_RUNS, FINALS = "one key of 20 runs", "first page of 100 runs", "final values of 1,000 runs"

WANTED: dict[str, tuple[float, float | None]] = {CURVES: (20, 40), PAGE_OF_RUNS: (10, None), FINALS: (50, None)}
"""Work to milliseconds and packed KiB."""


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

        def ask(path: str) -> Answered:
            times = []
            for _ in range(TIMES + 1):
                began = time.perf_counter()
                answer = lab.client.get(path)
                times.append(1000 * (time.perf_counter() - began))
                assert answer.is_success, answer.text
            return Answered(median(times[1:]), len(gzip.compress(answer.content)))

        if what == "curves":
            runs = ",".join(str(run["id"]) for run in lab.client.get("/runs").json()["items"])
            found = {CURVES: ask(f"/metrics?runs={runs}&keys=test/accuracy")}
        else:
            found = {PAGE_OF_RUNS: ask("/runs?limit=100"), FINALS: ask(f"/runs?limit={LISTED}")}
    print(json.dumps({work: asdict(answered) for work, answered in found.items()}))


if __name__ == "__main__":
    main()
