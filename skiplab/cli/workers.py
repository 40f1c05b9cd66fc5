"""`skiplab workers`."""

from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.options import AsJson
from skiplab.cli.output import ago, print_json, print_table

if TYPE_CHECKING:
    from skiplab.client import Lab
    from skiplab.contract.worker import Worker

commands = typer.Typer(help="Workers and their devices.", add_completion=False, invoke_without_command=True)

Name = Annotated[str, typer.Argument(metavar="WORKER", help="Number or name of a worker.")]


@commands.callback()
def list_workers(context: typer.Context, as_json: AsJson = False) -> None:
    """List the workers and their devices, or drain one.

    Examples: `skiplab workers`, `skiplab workers drain gpu-1`
    """
    if context.invoked_subcommand is not None:
        return
    with the_lab() as lab:
        found = lab.workers()
    if as_json:
        from skiplab.contract.worker import WorkerList

        print_json(WorkerList(items=found))
        return
    rows = [
        (
            each.id,
            each.name,
            state_of(each),
            ", ".join(device.name for device in each.devices),
            _runs(each),
            ago(each.seen_at),
        )
        for each in found
    ]
    print_table(("worker", "name", "status", "devices", "runs", "seen"), rows, right=frozenset({"worker"}))


@commands.command()
def drain(
    worker: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Let it claim runs again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a worker finish its runs and claim no more, such as before it is stopped."""
    with the_lab() as lab:
        number = _number(lab, worker)
        changed = lab.undrain(number) if undo else lab.drain(number)
    if as_json:
        print_json(changed)
    else:
        print(f"Worker {changed.id} ({changed.name}): {state_of(changed)}")


def state_of(worker: "Worker") -> str:
    if not worker.online:
        return "offline"
    return "draining" if worker.draining else "online"


def _runs(worker: "Worker") -> str:
    return ", ".join(map(str, worker.runs))


def _number(lab: "Lab", worker: str) -> int:
    """Return a worker's number; by name the newest one that is online."""
    if worker.isdecimal():
        return int(worker)
    named = [each for each in lab.workers() if each.name == worker]
    if not named:
        fail(f"There is no worker named {worker!r}.", status=ExitCode.NOT_FOUND)
    return next((each.id for each in named if each.online), named[0].id)
