"""`skiplab doctor`: diagnose the lab."""

import typer

from skiplab.cli.home import settings_of
from skiplab.cli.options import Home


def doctor(home: Home = None) -> None:
    """Check database, clock, broker, disk, devices and PyTorch, and suggest fixes."""
    from backend.ops.doctor import examine
    from skiplab.contract.printable import printable_lines

    settings, wrong = settings_of(home=home), False
    for finding in examine(settings):
        print(f"{'WRONG' if finding.wrong else 'fine':<6} {finding.subject:<9} {printable_lines(finding.says)}")
        if finding.advice:
            print(f"{'':<6} {'':<9} {finding.advice}")
        wrong = wrong or finding.wrong
    raise typer.Exit(1 if wrong else 0)
