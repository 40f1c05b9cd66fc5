"""`skiplab sync`: send runs that were logged offline, or left by a process that ended."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.exits import ExitCode, fail


def sync(
    folder: Annotated[
        Path | None, typer.Argument(help="A spool, or a folder of them. Default: SKIPLAB_SPOOL, or the user's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one object per line.")] = False,
) -> None:
    """Send logged runs that the lab does not have yet. Fails if some could not be sent.

    Example: skiplab sync, or: SKIPLAB_URL=http://lab:8000 skiplab sync ./spool
    """
    from skiplab.client.connection import find
    from skiplab.client.errors import BadConnection
    from skiplab.client.leftovers import deliver_all
    from skiplab.client.spool import default_folder
    from skiplab.contract.printable import printable

    try:
        lab = find()
    except BadConnection as error:
        fail(str(error), status=ExitCode.USAGE)
    failed = count = 0
    for outcome in deliver_all(folder or default_folder(), lab):
        count += 1
        failed += bool(outcome.problem)
        if as_json:
            print(json.dumps(asdict(outcome), default=str))
        elif outcome.problem:
            print(f"{outcome.folder}: not sent: {printable(outcome.problem)}")
        else:
            print(f"run {outcome.run}: {outcome.points:,} points sent")
    if not count and not as_json:
        print("Nothing to send.")
    raise typer.Exit(ExitCode.FAILED if failed else 0)
