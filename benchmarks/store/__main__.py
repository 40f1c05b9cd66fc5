"""`make bench-store`: writes benchmarks/results/store.md. With --quick: a smoke run; prints the results only."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.store import growth, read, start, write
from benchmarks.store.growth import Growth
from benchmarks.table import ROOT, Row, collected
from tests.postgres import Server, running_server

RESULTS = ROOT / "benchmarks" / "results" / "store.md"
TITLE = "The database: time and space"
NOTES = [
    f"{write.RUNS} runs of {write.EPOCHS} epochs with {len(write.KEYS)} values each, without telemetry and files: one"
    " transaction per epoch with fence, values, progress and events. Raw SQLite inserts the values and nothing else.",
    "Every turn is a process of its own with a new lab; medians over the turns.",
    "Responses on one connection, sizes compressed with gzip. The first byte of the page counts from the command.",
    "PostgreSQL: a server on this machine with its default settings, so that a commit waits for the disk; SQLite's does"
    " not.",
    "The large lab has copies of the small lab's runs. Both are read while a process writes epochs, and the large one's"
    " housekeeper deletes expired events meanwhile; one stream is open, then many.",
]

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
"""PostgreSQL's defaults, which the tests' server does without."""

MIB = 1 << 20

Result = dict[str, Any]
"""What a script printed."""


@dataclass(frozen=True)
class Effort:
    turns: int
    epochs: int
    listed: int
    idle_seconds: float
    growth: Growth


REAL = Effort(turns=5, epochs=write.EPOCHS, listed=read.LISTED, idle_seconds=start.IDLE_SECONDS, growth=Growth())
QUICK = Effort(
    turns=1,
    epochs=2,
    listed=20,
    idle_seconds=0,
    growth=Growth(runs=10, epochs=2, copies=3, listeners=5, seconds=0.5, turns=1),
)


@dataclass(frozen=True)
class Checkout:
    """A clone of any commit, set up by `make setup`."""

    name: str
    folder: Path

    def run(self, script: str, *arguments: object) -> Result:
        """Run one of this package's scripts on the checkout's code."""
        python = self.folder / ".venv" / "bin" / "python"
        command = [str(python), str(Path(__file__).with_name(script)), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True)
        result: Result = json.loads(done.stdout.splitlines()[-1])
        return result


THIS = Checkout("this commit", ROOT)
ON_POSTGRES = "PostgreSQL"


@dataclass(frozen=True)
class Plan:
    """What is measured beside what."""

    checkouts: list[Checkout]
    effort: Effort
    postgres: Server | None = None
    home: Path | None = None
    """Where the labs of `grow` are kept; None: nowhere."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test; the numbers are meaningless")
    parser.add_argument("--against", type=Path, help="measure another clone, which is set up, in alternating turns")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="print these, write nothing")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL server, and measure it as well")
    parser.add_argument("--home", type=Path, help="keep the filled labs of `grow` here, and use those that are there")
    given = parser.parse_args()
    checkouts = [THIS] if given.against is None else [THIS, Checkout(given.against.name, given.against.absolute())]
    whole = not given.quick and given.only == list(PARTS)
    with ExitStack() as stack:
        postgres = stack.enter_context(running_server(port=5432, **DURABLE)) if given.postgres else None
        plan = Plan(checkouts, QUICK if given.quick else REAL, postgres, given.home)
        collected(measured(given.only, plan), RESULTS if whole else None, TITLE, NOTES)
    return 0


def measured(parts: list[str], plan: Plan) -> Iterator[Row]:
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            yield from PARTS[part](plan, Path(folder))


def writing(plan: Plan, folder: Path) -> Iterator[Row]:
    results: dict[str, list[Result]] = {}
    epochs = plan.effort.epochs
    for turn in range(plan.effort.turns):
        raw = THIS.run("write.py", "raw", folder / f"raw-{turn}.db", epochs)
        results.setdefault("raw SQLite", []).append(raw)
        for number, checkout in enumerate(plan.checkouts):
            result = checkout.run("write.py", "lab", folder / f"{turn}-{number}", epochs)
            results.setdefault(checkout.name, []).append(result)
        if plan.postgres is not None:
            result = THIS.run("write.py", "server", plan.postgres.create(), epochs)
            results.setdefault(ON_POSTGRES, []).append(result)
    yield _row("an epoch's transaction", _medians(results, "call_ms"), "ms", 0.5)
    yield _row("CPU of all epochs", _medians(results, "cpu_seconds"), "s")
    yield _row("on disk", _medians(results, "bytes", MIB), "MiB", 3)


def reading(plan: Plan, folder: Path) -> Iterator[Row]:
    results: dict[str, dict[str, list[Result]]] = {}
    # By what is measured: its code, its folder, and the URLs of its databases if they are on a server.
    labs: dict[str, tuple[Checkout, Path, dict[str, str]]] = {
        checkout.name: (checkout, folder / str(number), {}) for number, checkout in enumerate(plan.checkouts)
    }
    for checkout, home, _ in labs.values():
        checkout.run("write.py", "lab", home / "curves", plan.effort.epochs)
    if plan.postgres is not None:
        urls = {what: plan.postgres.create() for what in ("curves", "lists")}
        labs[ON_POSTGRES] = (THIS, folder / "postgres", urls)
        THIS.run("write.py", "server", urls["curves"], plan.effort.epochs)
        (folder / "postgres" / "curves").mkdir(parents=True)
    for _ in range(plan.effort.turns):
        for name, (checkout, home, urls) in labs.items():
            for what in ("curves", "lists"):
                url = [urls[what]] if what in urls else []
                responses = checkout.run("read.py", what, home / what, plan.effort.listed, *url)
                for request, response in responses.items():
                    results.setdefault(request, {}).setdefault(name, []).append(response)
    for request, (milliseconds, kibibytes) in read.GOALS.items():
        yield _row(request, _medians(results[request], "ms"), "ms", milliseconds)
        yield _row(f"{request}, compressed", _medians(results[request], "bytes", 1024), "KiB", kibibytes)


def starting(plan: Plan, folder: Path) -> Iterator[Row]:
    results: dict[str, list[Result]] = {}
    homes = {checkout.name: folder / str(number) for number, checkout in enumerate(plan.checkouts)}
    for turn in range(plan.effort.turns + 1):
        for checkout in plan.checkouts:
            # The first start creates the lab and is not counted. Memory is read at the end of the last one.
            seconds = plan.effort.idle_seconds if turn == plan.effort.turns else 0
            result = checkout.run("start.py", homes[checkout.name], seconds)
            if turn:
                results.setdefault(checkout.name, []).append(result)
    imports = median(result["import_seconds"] for several in results.values() for result in several)
    page = {**_medians(results, "page_seconds"), f"`{start.PEER}`": imports}
    yield _row("first byte of the page", page, "s", 2 * imports)
    idle = {name: several[-1]["pss"] for name, several in results.items()}
    yield _row("memory of an idle lab (PSS)", {name: _mebibytes(pss) for name, pss in idle.items()}, "MiB", 800)
    alone = {
        each.name: each.run("start.py", homes[each.name], plan.effort.idle_seconds, start.NO_STANDBY)["pss"]
        for each in plan.checkouts
    }
    yield _row("the same without a standby trainer", {name: _mebibytes(pss) for name, pss in alone.items()}, "MiB", 300)
    web = {name: _mebibytes(pss, start.WEB) for name, pss in idle.items()}
    yield _row("web process of an idle lab (PSS)", web, "MiB", 110)


def _mebibytes(pss: dict[str, int], arguments: str = "") -> float:
    """Return the memory of the processes with these arguments."""
    return sum(size for process, size in pss.items() if arguments in process) / MIB


def growing(plan: Plan, folder: Path) -> Iterator[Row]:
    yield from growth.rows(plan.effort.growth, plan.home or folder)


def _medians(results: dict[str, list[Result]], key: str, divisor: float = 1) -> dict[str, float]:
    return {name: median(result[key] for result in several) / divisor for name, several in results.items()}


def _row(work: str, values: dict[str, float], unit: str, goal: float | None = None) -> Row:
    """`values`: by what was measured; this commit's value is compared with the goal."""
    own = values[THIS.name]
    others = "; ".join(f"{name} {value:.3g} {unit}" for name, value in values.items() if name != THIS.name)
    wanted = "" if goal is None else f"at most {goal:.3g} {unit}"
    return Row(work, others, f"{own:.3g} {unit}", wanted, None if goal is None else own <= goal)


PARTS = {"write": writing, "read": reading, "start": starting, "grow": growing}

if __name__ == "__main__":
    sys.exit(main())
