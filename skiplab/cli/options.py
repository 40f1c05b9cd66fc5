"""Options shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option(help="The lab's home folder. Default: SKIPLAB_HOME, ./data of a clone, or the user's data folder."),
]
