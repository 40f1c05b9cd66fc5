"""Progress of runs: bars on a terminal, else one line per finished epoch."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from skiplab.cli.output import console
from skiplab.contract.lifecycle import ENDED, Status
from skiplab.contract.metrics import Metric
from skiplab.contract.run import Run
from skiplab.contract.series import Series

if TYPE_CHECKING:
    from skiplab.client import Lab

KEYS = (Metric.TRAIN_LOSS, Metric.TEST_LOSS, Metric.TEST_ACCURACY)

UNKNOWN = "-"


@dataclass(frozen=True)
class Measured:
    """The runs and their metrics so far."""

    runs: Sequence[Run]
    values: Mapping[tuple[int, str, int], float | None]
    """Value by run, key and epoch; None for NaN and infinity."""

    @classmethod
    def of(cls, runs: Sequence[Run], series: Sequence[Series]) -> Self:
        values = {
            (each.run, each.key, epoch): value
            for each in series
            for epoch, value in zip(each.epoch, each.value, strict=True)
        }
        return cls(runs, values)

    def loss(self, run: Run, key: Metric, epoch: int) -> str:
        if (run.id, key, epoch) not in self.values:
            return UNKNOWN
        value = self.values[run.id, key, epoch]
        return "not finite" if value is None else f"{value:.3f}"

    def accuracy(self, run: Run, epoch: int) -> str:
        value = self.values.get((run.id, Metric.TEST_ACCURACY, epoch))
        return UNKNOWN if value is None else f"{value:.1%}"


class Display(Protocol):
    def update(self, measured: Measured) -> None: ...


@contextmanager
def display_on(console: Console) -> Iterator[Display]:
    """Yield progress bars on a terminal, otherwise lines."""
    if not console.is_terminal:
        yield Lines(console)
        return
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("epoch {task.fields[epoch]}", markup=False),
        TextColumn("loss {task.fields[loss]}", markup=False),
        TextColumn("accuracy {task.fields[accuracy]}", markup=False),
        TextColumn("{task.fields[state]}", markup=False),
        console=console,
        expand=True,
    ) as progress:
        yield Bars(progress)


class Bars:
    """One progress bar per run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[int, TaskID] = {}

    def update(self, measured: Measured) -> None:
        for run in measured.runs:
            if run.id not in self._bars:
                self._bars[run.id] = self._progress.add_task(
                    run.name, total=1, epoch="", loss="", accuracy="", state=""
                )
            self._progress.update(
                self._bars[run.id],
                completed=run.progress or (run.status == Status.FINISHED),
                epoch=f"{run.epoch}{_of(run)}",
                loss=measured.loss(run, Metric.TRAIN_LOSS, run.epoch),
                accuracy=measured.accuracy(run, run.epoch),
                state=_state(run),
            )


class Lines:
    """One line per finished epoch, and one for each run that ends without finishing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._printed: set[tuple[int, int | Status]] = set()

    def update(self, measured: Measured) -> None:
        for run in measured.runs:
            for epoch in range(1, run.epoch + 1):
                self._print_once(
                    (run.id, epoch),
                    f"{run.name}: epoch {epoch}{_of(run)}"
                    f", train loss {measured.loss(run, Metric.TRAIN_LOSS, epoch)}"
                    f", test loss {measured.loss(run, Metric.TEST_LOSS, epoch)}"
                    f", test accuracy {measured.accuracy(run, epoch)}",
                )
            if run.status in ENDED and run.status != Status.FINISHED:
                self._print_once((run.id, run.status), f"{run.name}: {run.status}")

    def _print_once(self, what: tuple[int, int | Status], line: str) -> None:
        if what not in self._printed:
            self._printed.add(what)
            self._console.print(line)


def follow(lab: "Lab", runs: Sequence[Run], *, timeout: float | None = None) -> list[Run]:
    """Show the progress of runs until they have ended, and return them. Raises WaitTimeout."""
    with display_on(console()) as display:

        def show(now: list[Run]) -> None:
            display.update(Measured.of(now, lab.series(now, KEYS)))

        return lab.wait(runs, timeout=timeout, on_change=show)


def _of(run: Run) -> str:
    return "" if run.epochs is None else f"/{run.epochs}"


def _state(run: Run) -> str:
    if run.status != Status.RUNNING:
        return run.status
    if run.eta_seconds is None:
        return run.activity or "running"
    minutes, seconds = divmod(round(run.eta_seconds), 60)
    return f"{minutes}:{seconds:02} left"
