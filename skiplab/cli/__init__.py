"""The `skiplab` command, with a file for each noun.

Commands import the server's code when they are called, so that others start quickly.
"""

import typer

from skiplab.cli import backups, data, doctor, lab, report, sync, tokens, version

app = typer.Typer(help="A self-hosted lab for launching, watching and comparing CNN training runs.")

app.command()(lab.up)
app.command()(lab.demo)
app.add_typer(data.commands, name="data")
app.add_typer(tokens.commands, name="token")
app.command("report")(report.write_report)
app.command()(sync.sync)
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(doctor.doctor)
app.command()(version.version)
