"""`skiplab doctor`: diagnose the lab."""

import typer

from skiplab.cli.home import settings_of
from skiplab.cli.options import Home


def doctor(home: Home = None) -> None:
    """Check database, clock, broker, disk, devices and PyTorch, and suggest fixes."""
    from backend.ops.doctor import examine
    from skiplab.contract.printable import printable_lines

    settings, wrong = settings_of(home=home), False
    for result in examine(settings):
        print(f"{'WRONG' if result.wrong else 'fine':<6} {result.subject:<9} {printable_lines(result.message)}")
        if result.advice:
            print(f"{'':<6} {'':<9} {result.advice}")
        wrong = wrong or result.wrong
    raise typer.Exit(1 if wrong else 0)
