"""Format results as a Markdown table, with the machine that they were measured on."""

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from worker.devices import cpu_name

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Row:
    """One measurement: the work, what it is compared with, the result and the target."""

    work: str
    against: str
    measured: str
    wanted: str = ""
    met: bool | None = None  # None: without a target

    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "yes", False: "**no**"}[self.met]
        return self.work, self.against, self.measured, self.wanted, verdict


HEAD = ("work", "compared with", "measured", "wanted", "met")


def collected(rows: Iterable[Row], file: Path | None, title: str, notes: Sequence[str]) -> list[Row]:
    """Print each row when it is measured, and rewrite the file, if any: a later failure then loses no results."""
    found: list[Row] = []
    for row in rows:
        found.append(row)
        print(f"{row.work}: {row.measured}" + (f" ({row.against})" if row.against else ""), flush=True)
        if file is not None:
            file.parent.mkdir(exist_ok=True)
            file.write_text(markdown(title, found, notes))
    return found


def markdown(title: str, rows: Sequence[Row], notes: Sequence[str]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"# {title}\n\n{_origin()}\n\n{table}\n\n" + "\n".join(f"- {note}" for note in notes) + "\n"


def _origin() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}. {cpu_name()},"
        f" torch {torch.__version__} with {torch.get_num_threads()} threads, Python {platform.python_version()}."
        f" Load average at the end: {os.getloadavg()[0]:.1f}."
    )


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
