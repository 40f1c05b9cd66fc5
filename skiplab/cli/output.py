"""What commands print: tables, JSON, and times in words."""

import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from skiplab.contract.printable import printable

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

NOTHING = "-"
"""Shown for a value that is not known, or not there."""


@cache
def console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=True)


def print_json(answer: "BaseModel") -> None:
    """Print a model as JSON on one line, for `jq` and scripts."""
    print(answer.model_dump_json())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], *, right: frozenset[str] = frozenset()) -> None:
    """Print a table: with lines on a terminal; else as plain columns, which are never cut off.

    `right`: headings of columns of numbers.
    """
    texts = [[NOTHING if cell is None else printable(str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(headings, *texts, strict=True)]
        for line in [list(headings), *texts]:
            aligned = (
                cell.rjust(width) if heading in right else cell.ljust(width)
                for heading, cell, width in zip(headings, line, widths, strict=True)
            )
            print("  ".join(aligned).rstrip())
        return
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD)
    for heading in headings:
        drawn.add_column(heading, justify="right" if heading in right else "left")
    for row in texts:
        drawn.add_row(*row)
    console().print(drawn)


def ago(time: datetime | None) -> str | None:
    """Return how long ago something was, such as `5 min ago`."""
    if time is None:
        return None
    seconds = (datetime.now(time.tzinfo) - time).total_seconds()
    return f"{duration(max(0.0, seconds))} ago"


def duration(seconds: float) -> str:
    """Return a duration in its largest fitting unit, such as `12 s`, `5 min`, `3 h` or `2 days`."""
    for unit, size, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
