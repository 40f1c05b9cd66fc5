"""Time reading over HTTP, of this checkout or another one.

    python benchmarks/store/read.py curves HOME          the curves of a lab filled by `write.py lab`
    python benchmarks/store/read.py lists HOME [RUNS]    lists of a lab of finished runs, which is created if missing

Prints a line of JSON: the name of each request, and its `Response`.
"""

import gzip
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path.cwd()))  # the measured checkout, which may be another one than this file's

LISTED = 1000
TIMES = 15

CURVES, FIRST_PAGE, FINAL_VALUES = "one key of 20 runs", "first page of 100 runs", "best values of all runs"

GOALS: dict[str, tuple[float, float | None]] = {CURVES: (20, 40), FIRST_PAGE: (10, None), FINAL_VALUES: (50, None)}
"""Milliseconds and KiB."""


@dataclass(frozen=True)
class Response:
    ms: float  # median, without the first
    bytes: int  # compressed with gzip, as sent to browsers


def main() -> None:
    from benchmarks.ui.lab import fill
    from tests.lab import running_web

    what, home = sys.argv[1], Path(sys.argv[2])
    if what == "lists" and not home.exists():
        fill(home, count=int(sys.argv[3]) if len(sys.argv) > 3 else LISTED, epochs=5)
    with running_web(home) as lab:

        def get(path: str) -> Response:
            times = []
            for _ in range(TIMES + 1):
                began = time.perf_counter()
                response = lab.client.get(path)
                times.append(1000 * (time.perf_counter() - began))
                assert response.is_success, response.text
            return Response(median(times[1:]), len(gzip.compress(response.content)))

        if what == "curves":
            runs = ",".join(str(run["id"]) for run in lab.client.get("/runs").json()["items"])
            found = {CURVES: get(f"/metrics?runs={runs}&keys=test/accuracy")}
        else:
            found = {FIRST_PAGE: get("/runs?limit=100"), FINAL_VALUES: get(f"/runs?limit={LISTED}")}
    print(json.dumps({name: asdict(response) for name, response in found.items()}))


if __name__ == "__main__":
    main()
