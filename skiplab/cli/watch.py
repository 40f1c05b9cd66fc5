"""`skiplab watch`: a live table of runs, with a sparkline of a metric."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.exits import ExitCode
from skiplab.cli.options import AsJson, Experiment, Runs
from skiplab.cli.output import console
from skiplab.cli.runs import best_of, epoch_of, state_of
from skiplab.contract.lifecycle import ENDED, Status
from skiplab.contract.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

    from skiplab.client import Lab
    from skiplab.contract.run import Run

Metric = Annotated[str, typer.Option("--metric", "-m", help="Metric of the sparkline.")]
Interval = Annotated[float, typer.Option(min=0.2, help="Seconds between two reads.")]
Once = Annotated[bool, typer.Option("--once", help="Print the present state and exit.")]

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24
"""Characters of a sparkline."""

NEWEST = 20
"""Runs that are shown if none is named."""


def watch(
    runs: Runs = None,
    experiment: Experiment = None,
    metric: Metric = "test/accuracy",
    interval: Interval = 1.0,
    once: Once = False,
    as_json: AsJson = False,
) -> None:
    """Watch runs until they have ended: a live table, or a line per change when piped.

    Without runs: the newest ones, until Ctrl-C. Exits with 3 if a named run failed or was cancelled.
    Examples: `skiplab watch`, `skiplab watch -e rates`, `skiplab watch 12 --json`
    """
    is_open = not runs and experiment is None
    with the_lab() as lab:
        watcher = Lines(as_json=as_json) if as_json or not sys.stdout.isatty() else Live()
        with watcher:
            while True:
                shown = _read(lab, runs, experiment)
                watcher.show(shown, _values(lab, shown, metric), metric)
                if once or (not is_open and all(run.status in ENDED for run in shown)):
                    break
                time.sleep(interval)
    if not is_open and any(run.status in ENDED and run.status != Status.FINISHED for run in shown):
        raise typer.Exit(ExitCode.RUN_FAILED)


def _read(lab: "Lab", runs: list[str] | None, experiment: str | None) -> "list[Run]":
    if runs:
        return lab.these(runs)
    return lab.runs(limit=NEWEST) if experiment is None else lab.experiment(experiment).runs


def _values(lab: "Lab", runs: "list[Run]", metric: str) -> dict[int, list[float | None]]:
    if not runs:
        return {}
    return {each.run: each.value for each in lab.series(runs, metric, max_points=10 * WIDTH)}


class Live:
    """A table that is drawn again in its place."""

    def __init__(self) -> None:
        from rich.live import Live as RichLive

        self._live = RichLive(console=console(), auto_refresh=False)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, runs: "list[Run]", values: dict[int, list[float | None]], metric: str) -> None:
        self._live.update(_table(runs, values, metric), refresh=True)


class Lines:
    """One line for every run that has changed, as text or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._printed: dict[int, str] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, runs: "list[Run]", values: dict[int, list[float | None]], metric: str) -> None:
        for run in runs:
            value = next((each for each in reversed(values.get(run.id, [])) if each is not None), None)
            text = f"{run.id}  {printable(run.name)}  {run.status}  epoch {epoch_of(run)}"
            if value is not None:
                text += f"  {metric} {value:.4g}  {sparkline(values[run.id])}"
            if self._printed.get(run.id) != text:
                self._printed[run.id] = text
                print(run.model_dump_json() if self._as_json else text, flush=True)


def _table(runs: "list[Run]", values: dict[int, list[float | None]], metric: str) -> "Table":
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, expand=True)
    for heading in ("run", "name", "status", "epoch", "best", metric):
        drawn.add_column(heading, justify="right" if heading in ("run", "epoch", "best") else "left", no_wrap=True)
    for run in runs:
        line = sparkline(values.get(run.id, []))
        drawn.add_row(str(run.id), printable(run.name), state_of(run), epoch_of(run), best_of(run) or "", line)
    return drawn


def sparkline(values: Sequence[float | None], width: int = WIDTH) -> str:
    """Draw values as a line of bars, from the least to the greatest; gaps for NaN and infinity."""
    step = max(1.0, len(values) / width)
    shown = [values[min(len(values) - 1, int(place * step))] for place in range(min(width, len(values)))]
    if shown and values:
        shown[-1] = values[-1]
    known = [value for value in shown if value is not None]
    if not known:
        return " " * len(shown)
    low, span = min(known), max(known) - min(known)
    scale = (len(BARS) - 1) / span if span else 0.0
    return "".join(" " if value is None else BARS[round((value - low) * scale)] for value in shown)
