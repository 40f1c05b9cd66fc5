"""`skiplab logs`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson
from skiplab.contract.lifecycle import ENDED
from skiplab.contract.printable import printable

if TYPE_CHECKING:
    from skiplab.contract.telemetry import LogLine

FOLLOW_SECONDS = 1.0
"""Between two reads with --follow."""


def logs(
    run: Annotated[str, typer.Argument(help="Number or name of a run.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print new lines until the run has ended.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=5000, help="Last lines to begin with.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print the log of a run.

    Examples: `skiplab logs 12`, `skiplab logs -f 12`, `skiplab logs 12 --json | jq -r .text`
    """
    with the_lab() as lab:
        found = lab.run(run)
        page = lab.logs(found, limit=lines)
        _print(page.items, as_json=as_json)
        last = page.items[-1].id if page.items else 0
        while follow:
            # Read before the log: lines written until its end are still to come.
            follow = lab.run(found.id).status not in ENDED
            page = lab.logs(found, after=last, limit=5000)
            _print(page.items, as_json=as_json)
            last = page.items[-1].id if page.items else last
            if follow and page.next_after is None:
                time.sleep(FOLLOW_SECONDS)


def _print(lines: "list[LogLine]", *, as_json: bool) -> None:
    for line in lines:
        text = f"{line.time:%H:%M:%S} {line.level.lower():<7} {printable(line.text)}"
        print(line.model_dump_json() if as_json else text, flush=True)
