"""`make bench-store`: writes benchmarks/results/store.md. --against FOLDER: in turns with another checkout."""

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
TITLE = "The store: what it costs to write, keep and read what runs measure"
NOTES = [
    f"{write.RUNS} runs of {write.EPOCHS} epochs with {len(write.KEYS)} values each: one transaction an epoch, through"
    " the function that a worker's trainer calls; `raw SQLite` inserts the same values and nothing else.",
    "Every turn is a process of its own with a new lab; medians over the turns.",
    "Answers over HTTP on one connection, bytes as gzip packs them. The page's first byte counts from the command.",
]

MB = 1 << 20
TURNS = 5


@dataclass(frozen=True)
class Checkout:
    """A clone of any commit, set up by `make setup`."""

    name: str
    folder: Path

    def run(self, script: str, *arguments: object) -> dict[str, Any]:
        """Run one of this package's scripts on the checkout's code; return what it printed."""
        python = self.folder / ".venv" / "bin" / "python"
        command = [str(python), str(Path(__file__).with_name(script)), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--against", type=Path, help="a set-up clone of another commit")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="print these, write nothing")
    given = parser.parse_args()
    checkouts = [Checkout("this commit", ROOT)]
    if given.against is not None:
        checkouts.append(Checkout(given.against.name, given.against.absolute()))
    rows = (row for name in given.only for row in PARTS[name](checkouts, given.turns))
    collected(rows, RESULTS if given.only == list(PARTS) else None, TITLE, NOTES)
    return 0


def writing(checkouts: list[Checkout], turns: int) -> Iterator[Row]:
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as folder:
            found.setdefault("raw SQLite", []).append(checkouts[0].run("write.py", "raw", Path(folder, "raw.db")))
            for checkout in checkouts:
                written = checkout.run("write.py", "lab", Path(folder, checkout.name.replace(" ", "_")))
                found.setdefault(checkout.name, []).append(written)
    yield _row("an epoch's call", {name: _median(each, "call_ms") for name, each in found.items()}, "ms", 0.5)
    yield _row("CPU of all epochs", {name: _median(each, "cpu_seconds") for name, each in found.items()}, "s")
    yield _row("on disk", {name: _median(each, "bytes") / MB for name, each in found.items()}, "MiB", 3)


def reading(checkouts: list[Checkout], turns: int) -> Iterator[Row]:
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        homes = {each.name: Path(folder, each.name.replace(" ", "_")) for each in checkouts}
        for checkout in checkouts:
            checkout.run("write.py", "lab", homes[checkout.name] / "curves")
        for _ in range(turns):
            for checkout in checkouts:
                for what in ("curves", "lists"):
                    for work, answered in checkout.run("read.py", what, homes[checkout.name] / what).items():
                        found.setdefault(work, {}).setdefault(checkout.name, []).append(answered)
    for work, (milliseconds, kilobytes) in read.WANTED.items():
        by_name = found[work]
        yield _row(work, {name: _median(each, "ms") for name, each in by_name.items()}, "ms", milliseconds)
        size = {name: _median(each, "bytes") / 1024 for name, each in by_name.items()}
        yield _row(f"{work}, packed", size, "KiB", kilobytes)


def starting(checkouts: list[Checkout], turns: int) -> Iterator[Row]:
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        homes = {each.name: Path(folder, each.name.replace(" ", "_")) for each in checkouts}
        for turn in range(turns + 1):
            for checkout in checkouts:
                # The first start makes the lab. The last turn waits until the lab is idle, for its memory.
                idle = start.IDLE_SECONDS if turn == turns else 0
                started = checkout.run("start.py", homes[checkout.name], idle)
                if turn:
                    found.setdefault(checkout.name, []).append(started)
    seconds = {name: _median(each, "page_seconds") for name, each in found.items()}
    imports = median(each["import_seconds"] for those in found.values() for each in those)
    yield _row("first byte of the page", seconds | {start.PEER: imports}, "s", 2 * imports)
    memory = {name: sum(each[-1]["pss"].values()) / MB for name, each in found.items()}
    yield _row("memory of an idle lab (PSS)", memory, "MiB", 800)


def _median(found: list[dict[str, Any]], key: str) -> float:
    return float(median(each[key] for each in found))


def _row(work: str, values: dict[str, float], unit: str, wanted: float | None = None) -> Row:
    """`values`: by what was measured; this commit's is judged."""
    mine = values["this commit"]
    others = "; ".join(f"{name} {value:.3g} {unit}" for name, value in values.items() if name != "this commit")
    asked = "" if wanted is None else f"at most {wanted:.3g} {unit}"
    return Row(work, others, f"{mine:.3g} {unit}", asked, None if wanted is None else mine <= wanted)


PARTS = {"write": writing, "read": reading, "start": starting}

if __name__ == "__main__":
    sys.exit(main())
