"""`skiplab export`."""

import csv
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from skiplab.cli.chosen import chosen
from skiplab.cli.client import the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.options import Experiment, Runs

if TYPE_CHECKING:
    from skiplab.contract.series import Series

Format = Literal["csv", "jsonl"]
Keys = Annotated[str | None, typer.Option("--keys", "-k", help="Metrics, separated by commas; all by default.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")]


def export(
    runs: Runs = None,
    experiment: Experiment = None,
    keys: Keys = None,
    measures: Annotated[
        bool, typer.Option("--measures", help="One row per run instead: its spec and measures.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="csv, or a JSON object per line.")] = "csv",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
    output: Output = None,
) -> None:
    """Export the logged values of runs, one row per point; --measures: one row per run.

    Examples: `skiplab export -e rates -o rates.csv`, `skiplab export 12 -k test/accuracy --json`
    """
    with the_lab() as lab:
        found = chosen(lab, runs, experiment)
        if measures:
            text = lab.measures_csv(found)
        else:
            series = lab.series(found, keys) if found else []
    with _opened(output) as file:
        if measures:
            file.write(text)
        else:
            _write(series, file, "jsonl" if as_json else form)


def _write(series: "list[Series]", file: IO[str], form: Format) -> None:
    import json

    from skiplab.client.frames import columns

    table = columns(series)
    rows = zip(*table.values(), strict=True)
    if form == "csv":
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(rows)
        return
    for row in rows:
        file.write(json.dumps(dict(zip(table, map(_plain, row), strict=True))) + "\n")


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: times in ISO 8601, NaN and infinities as the strings that JavaScript has."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return value


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[str]]:
    """Open the file to write; exits with a sentence if that fails."""
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}.", status=ExitCode.FAILED)
