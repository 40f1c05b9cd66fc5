"""The runs that a command is called with: by number or name, or as an experiment."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skiplab.cli.exits import ExitCode, fail

if TYPE_CHECKING:
    from skiplab.client import Lab
    from skiplab.contract.run import Run


def chosen(lab: "Lab", runs: Sequence[str] | None, experiment: str | None) -> "list[Run]":
    """Return the runs; exits with code 2 unless either runs or an experiment are given."""
    if bool(runs) == (experiment is not None):
        fail("Give numbers or names of runs, or an experiment with --experiment.", status=ExitCode.USAGE)
    return lab.these(runs) if runs else lab.experiment(experiment or "").runs
