"""`make bench-store`: writes benchmarks/results/store.md. With --quick: a smoke run; prints the results only."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.store import read, start, write
from benchmarks.table import ROOT, Row, collected

RESULTS = ROOT / "benchmarks" / "results" / "store.md"
TITLE = "The database: time and space"
NOTES = [
    f"{write.RUNS} runs of {write.EPOCHS} epochs with {len(write.KEYS)} values each, without telemetry and files: one"
    " transaction per epoch with fence, values, progress and events. Raw SQLite inserts the values and nothing else.",
    "Every turn is a process of its own with a new lab; medians over the turns.",
    "Responses on one connection, sizes compressed with gzip. The first byte of the page counts from the command.",
]

MIB = 1 << 20

Result = dict[str, Any]
"""What a script printed."""


@dataclass(frozen=True)
class Effort:
    turns: int
    epochs: int
    listed: int
    idle_seconds: float


REAL = Effort(turns=5, epochs=write.EPOCHS, listed=read.LISTED, idle_seconds=start.IDLE_SECONDS)
QUICK = Effort(turns=1, epochs=2, listed=20, idle_seconds=0)


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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test; the numbers are meaningless")
    parser.add_argument("--against", type=Path, help="measure another clone, which is set up, in alternating turns")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="print these, write nothing")
    given = parser.parse_args()
    checkouts = [THIS] if given.against is None else [THIS, Checkout(given.against.name, given.against.absolute())]
    whole = not given.quick and given.only == list(PARTS)
    rows = measured(given.only, checkouts, QUICK if given.quick else REAL)
    collected(rows, RESULTS if whole else None, TITLE, NOTES)
    return 0


def measured(parts: list[str], checkouts: list[Checkout], effort: Effort) -> Iterator[Row]:
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            yield from PARTS[part](checkouts, effort, Path(folder))


def writing(checkouts: list[Checkout], effort: Effort, folder: Path) -> Iterator[Row]:
    results: dict[str, list[Result]] = {}
    for turn in range(effort.turns):
        raw = THIS.run("write.py", "raw", folder / f"raw-{turn}.db", effort.epochs)
        results.setdefault("raw SQLite", []).append(raw)
        for number, checkout in enumerate(checkouts):
            result = checkout.run("write.py", "lab", folder / f"{turn}-{number}", effort.epochs)
            results.setdefault(checkout.name, []).append(result)
    yield _row("an epoch's transaction", _medians(results, "call_ms"), "ms", 0.5)
    yield _row("CPU of all epochs", _medians(results, "cpu_seconds"), "s")
    yield _row("on disk", _medians(results, "bytes", MIB), "MiB", 3)


def reading(checkouts: list[Checkout], effort: Effort, folder: Path) -> Iterator[Row]:
    results: dict[str, dict[str, list[Result]]] = {}
    homes = {checkout.name: folder / str(number) for number, checkout in enumerate(checkouts)}
    for checkout in checkouts:
        checkout.run("write.py", "lab", homes[checkout.name] / "curves", effort.epochs)
    for _ in range(effort.turns):
        for checkout in checkouts:
            for what in ("curves", "lists"):
                responses = checkout.run("read.py", what, homes[checkout.name] / what, effort.listed)
                for request, response in responses.items():
                    results.setdefault(request, {}).setdefault(checkout.name, []).append(response)
    for request, (milliseconds, kibibytes) in read.GOALS.items():
        yield _row(request, _medians(results[request], "ms"), "ms", milliseconds)
        yield _row(f"{request}, compressed", _medians(results[request], "bytes", 1024), "KiB", kibibytes)


def starting(checkouts: list[Checkout], effort: Effort, folder: Path) -> Iterator[Row]:
    results: dict[str, list[Result]] = {}
    homes = {checkout.name: folder / str(number) for number, checkout in enumerate(checkouts)}
    for turn in range(effort.turns + 1):
        for checkout in checkouts:
            # The first start creates the lab and is not counted. Memory is read at the end of the last one.
            seconds = effort.idle_seconds if turn == effort.turns else 0
            result = checkout.run("start.py", homes[checkout.name], seconds)
            if turn:
                results.setdefault(checkout.name, []).append(result)
    imports = median(result["import_seconds"] for several in results.values() for result in several)
    page = {**_medians(results, "page_seconds"), f"`{start.PEER}`": imports}
    yield _row("first byte of the page", page, "s", 2 * imports)
    idle = {name: several[-1]["pss"] for name, several in results.items()}
    yield _row("memory of an idle lab (PSS)", {name: _mebibytes(pss) for name, pss in idle.items()}, "MiB", 800)
    alone = {c.name: c.run("start.py", homes[c.name], effort.idle_seconds, start.NO_STANDBY)["pss"] for c in checkouts}
    yield _row("the same without a standby trainer", {name: _mebibytes(pss) for name, pss in alone.items()}, "MiB", 300)
    web = {name: _mebibytes(pss, start.WEB) for name, pss in idle.items()}
    yield _row("web process of an idle lab (PSS)", web, "MiB", 110)


def _mebibytes(pss: dict[str, int], arguments: str = "") -> float:
    """Return the memory of the processes with these arguments."""
    return sum(size for process, size in pss.items() if arguments in process) / MIB


def _medians(results: dict[str, list[Result]], key: str, divisor: float = 1) -> dict[str, float]:
    return {name: median(result[key] for result in several) / divisor for name, several in results.items()}


def _row(work: str, values: dict[str, float], unit: str, goal: float | None = None) -> Row:
    """`values`: by what was measured; this commit's value is compared with the goal."""
    own = values[THIS.name]
    others = "; ".join(f"{name} {value:.3g} {unit}" for name, value in values.items() if name != THIS.name)
    wanted = "" if goal is None else f"at most {goal:.3g} {unit}"
    return Row(work, others, f"{own:.3g} {unit}", wanted, None if goal is None else own <= goal)


PARTS = {"write": writing, "read": reading, "start": starting}

if __name__ == "__main__":
    sys.exit(main())
