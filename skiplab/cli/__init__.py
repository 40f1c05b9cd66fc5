"""The `skiplab` command: a table of contents, with a file for each noun.

What needs the server's code imports it when it is called, so that a command costs no more than what it does.
"""

import typer

from skiplab.cli import backups, data, doctor, lab, report, tokens, version

app = typer.Typer(help="A self-hosted lab for launching, watching and comparing CNN training runs.")

app.command()(lab.up)
app.command()(lab.demo)
app.add_typer(data.commands, name="data")
app.add_typer(tokens.commands, name="token")
app.command("report")(report.write_report)
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(doctor.doctor)
app.command()(version.version)
