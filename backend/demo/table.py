"""The demo's results as a table."""

from rich.table import Table

from skiplab.cli.progress import UNKNOWN, Measured
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from skiplab.contract.run import Run


def table(measured: Measured, *, caption: str) -> Table:
    """Tabulate the last epoch of every run."""
    drawn = Table(caption=caption, caption_justify="left")
    drawn.add_column("network")
    for heading in ("parameters", "train\nloss", "test\nloss", "test\naccuracy", "seconds"):
        drawn.add_column(heading, justify="right")
    for run in measured.runs:
        count = run.network.parameters if run.network is not None else None
        drawn.add_row(
            run.name,
            UNKNOWN if count is None else f"{count:,}",
            measured.loss(run, Metric.TRAIN_LOSS, run.epoch),
            measured.loss(run, Metric.TEST_LOSS, run.epoch),
            measured.accuracy(run, run.epoch),
            _seconds(run) if run.status == Status.FINISHED else run.status,
        )
    return drawn


def _seconds(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return UNKNOWN
    return f"{(run.finished_at - run.started_at).total_seconds():.0f}"
