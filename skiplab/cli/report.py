"""`skiplab report`: write an experiment's report to a file."""

from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.exits import fail
from skiplab.cli.home import database_of
from skiplab.cli.options import Home


def write_report(
    experiment: Annotated[str, typer.Argument(help="The experiment's number or name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="report.html, report.md or report.pdf.")] = Path(
        "report.html"
    ),
    home: Home = None,
) -> None:
    """Write an experiment's report; the lab need not be running."""
    import sys

    from backend.report import service as report
    from backend.report.browser import NoBrowser
    from skiplab.contract.printable import printable, printable_lines

    with database_of(home) as (database, settings):
        made = report.make(database, settings.home, experiment_id=report.find_experiment(database, experiment))
    try:
        for problem in report.write(made, output):
            print(printable_lines(problem), file=sys.stderr)
    except (report.BadFormat, NoBrowser, OSError) as error:
        fail(str(error), status=1)
    print(f"{output}: {printable(made.title)}")
