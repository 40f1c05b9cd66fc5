"""Options shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option(help="The lab's home folder. Default: SKIPLAB_HOME, ./data of a clone, or the user's data folder."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, in a shape that does not change.")]

Runs = Annotated[list[str] | None, typer.Argument(metavar="RUN...", help="Numbers or names of runs.")]

Experiment = Annotated[
    str | None,
    typer.Option("--experiment", "-e", metavar="NAME", help="Number or name of an experiment: all its runs."),
]
