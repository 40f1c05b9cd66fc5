"""`skiplab report`: write an experiment's report to a file."""

from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.client import is_remote, the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.home import database_of
from skiplab.cli.options import Home


def write_report(
    experiment: Annotated[str, typer.Argument(help="The experiment's number or name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="report.html, report.md or report.pdf.")] = Path(
        "report.html"
    ),
    home: Home = None,
) -> None:
    """Write an experiment's report.

    On a lab that SKIPLAB_URL or `skiplab login` names: as HTML or Markdown. On that of this machine, which need not be
    running: also with figures, or as PDF.
    """
    if is_remote(home):
        _fetch(experiment, output)
        return
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


def _fetch(experiment: str, output: Path) -> None:
    """Write the report that the lab makes. Exits for a format that it does not make."""
    if output.suffix not in (".html", ".md"):
        fail(f"{output}: over HTTP a report is .html or .md.", status=ExitCode.USAGE)
    with the_lab() as lab:
        text = lab.report(experiment=experiment, format="html" if output.suffix == ".html" else "md")
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}.", status=ExitCode.FAILED)
    print(f"{output}: written")
