"""`skiplab cancel`, `pause`, `resume`, `retry`, `archive` and `rm`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.chosen import chosen
from skiplab.cli.client import code_of, the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.options import AsJson, Experiment, Runs

if TYPE_CHECKING:
    from skiplab.client import Lab, LabError
    from skiplab.contract.run import Run

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def cancel(runs: Runs = None, experiment: Experiment = None, as_json: AsJson = False) -> None:
    """Cancel runs: queued ones at once, running ones at their next batch.

    Examples: `skiplab cancel 12 13`, `skiplab cancel -e ablation`
    """
    _each(runs, experiment, lambda lab, run: lab.cancel(run), "cancelled", as_json=as_json)


def pause(runs: Runs = None, experiment: Experiment = None, as_json: AsJson = False) -> None:
    """Pause runs; `skiplab resume` continues them from their last checkpoint."""
    _each(runs, experiment, lambda lab, run: lab.pause(run), "paused", as_json=as_json)


def resume(runs: Runs = None, experiment: Experiment = None, as_json: AsJson = False) -> None:
    """Queue paused, failed or cancelled runs again, from their last checkpoints."""
    _each(runs, experiment, lambda lab, run: lab.resume(run), "queued", as_json=as_json)


def retry(runs: Runs = None, experiment: Experiment = None, as_json: AsJson = False) -> None:
    """Queue paused, failed or cancelled runs again, from epoch 1; their metrics are deleted."""
    _each(runs, experiment, lambda lab, run: lab.retry(run), "queued from epoch 1", as_json=as_json)


def archive(
    runs: Runs = None,
    experiment: Experiment = None,
    undo: Annotated[bool, typer.Option("--undo", help="Show them in lists again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hide runs from lists."""

    def change(lab: "Lab", run: "Run") -> "Run":
        return lab.unarchive(run) if undo else lab.archive(run)

    _each(runs, experiment, change, "unarchived" if undo else "archived", as_json=as_json)


def remove(runs: Runs = None, experiment: Experiment = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete runs with their metrics and files.

    Example: `skiplab rm 12 13 --yes`
    """

    def delete(lab: "Lab", run: "Run") -> "Run":
        lab.delete(run)
        return run

    _each(runs, experiment, delete, "deleted", as_json=as_json, ask=not yes)


def _each(
    runs: list[str] | None,
    experiment: str | None,
    action: "Callable[[Lab, Run], Run]",
    done: str,
    *,
    as_json: bool,
    ask: bool = False,
) -> None:
    """Apply an action to each run. A refusal does not keep the others from it; its code is the command's."""
    from skiplab.client import Refused

    changed: list[Run] = []
    refusals: list[LabError] = []
    with the_lab() as lab:
        found = chosen(lab, runs, experiment)
        if ask and not typer.confirm(f"Delete {_named(found)}? This cannot be undone."):
            raise typer.Exit(ExitCode.FAILED)
        for run in found:
            try:
                changed.append(action(lab, run))
                if not as_json:
                    print(f"Run {run.id} ({run.name}): {done}")
            except Refused as error:
                refusals.append(error)
    if as_json:
        from skiplab.cli.output import print_json
        from skiplab.cli.shapes import RunsShown

        print_json(RunsShown(items=changed, total=len(found)))
    if refusals:
        fail("\n".join(map(str, refusals)), status=code_of(refusals[0]))


def _named(runs: "list[Run]") -> str:
    return f"run {runs[0].id} ({runs[0].name})" if len(runs) == 1 else f"{len(runs)} runs"
