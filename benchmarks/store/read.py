"""Time reading over HTTP, of this checkout or another one.

    python benchmarks/store/read.py curves HOME                the curves of a lab filled by `write.py lab`
    python benchmarks/store/read.py lists HOME [RUNS]          lists of finished runs, which are created if missing
    python benchmarks/store/read.py ... HOME RUNS URL          the same of a PostgreSQL database

Prints a line of JSON: the name of each request, and its `Response`.
"""

import gzip
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path.cwd()))  # the measured checkout, which may be another one than this file's

if TYPE_CHECKING:
    from tests.lab import Lab

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
    from tests.lab import running_web

    what, home = sys.argv[1], Path(sys.argv[2])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else LISTED
    url = sys.argv[4] if len(sys.argv) > 4 else None
    if what == "lists" and not home.exists():
        _fill(home, url, runs)
    with running_web(home, **({} if url is None else {"SKIPLAB_DATABASE_URL": url})) as lab:
        if what == "curves":
            shown = ",".join(str(run["id"]) for run in lab.client.get("/runs").json()["items"])
            found = {CURVES: timed(lab, f"/metrics?runs={shown}&keys=test/accuracy")}
        else:
            found = {FIRST_PAGE: timed(lab, "/runs?limit=100"), FINAL_VALUES: timed(lab, f"/runs?limit={LISTED}")}
    print(json.dumps({name: asdict(response) for name, response in found.items()}))


def timed(lab: "Lab", path: str) -> Response:
    """Request a path of the API several times on one connection."""
    times = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        response = lab.client.get(path)
        times.append(1000 * (time.perf_counter() - began))
        assert response.is_success, response.text
    return Response(median(times[1:]), len(gzip.compress(response.content)))


def _fill(home: Path, url: str | None, runs: int) -> None:
    from benchmarks.ui import lab

    if url is None:
        lab.fill(home, count=runs, epochs=5)
        return
    home.mkdir(parents=True)
    with lab.on_server(url) as database:
        lab.fill_database(database, count=runs, epochs=5)


if __name__ == "__main__":
    main()
